# What a person can do with a checkout; `make` alone lists it. Every target installs what it needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
NAME ?= web1
SCENARIO ?=
FOLDERS ?= tests/host tests/integration
SHARD ?= 1/1
STALE ?= 0
PY := .venv/bin/python
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help demo demo-restore demo-down real vps vps-down test test-full lint sanity unit mutants coverage integration molecule bench docs package venv host depot

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

demo: depot ## the main job: a throwaway VPS, provisioned over SSH, the whole stack up; stays up
	@tests/demo/up

demo-restore: depot ## upload photos, back up, destroy the VPS, restore on a new one, compare
	@tests/demo/restore

demo-down: venv ## remove the demo's VPS and its backup disk
	@tests/demo/down

real: host ## the demo with the genuine images and sources, where the internet is reachable
	@tests/demo/real

vps: host ## a bare throwaway VPS reachable over SSH: make vps NAME=web1
	@$(PY) tests/host/vps.py up $(NAME)

vps-down: venv ## remove it: make vps-down NAME=web1
	@$(PY) tests/host/vps.py down $(NAME)

test: venv ## everything that CI runs, from nothing: all but what is marked full
	@PYTHONPATH=tests $(PY) tools/test.py

lint: venv ## ansible-lint (production profile), yamllint, ruff, mypy, shellcheck, tracked secrets
	@tools/lint

sanity: venv ## ansible-test sanity, no ignores
	@tools/sanity

unit: venv ## unit tests: no engine, no network
	@.venv/bin/pytest -q tests/unit

mutants: venv ## whether the unit tests notice a sample of 400 small changes to what decides
	@$(PY) tools/mutants.py

coverage: venv ## whether the unit tests reach 90 % of the lines and branches of every file of backup and restore
	@$(PY) tools/coverage_of.py

integration: depot ## the test world itself, and what is promised on real hosts
	@.venv/bin/pytest -m "not full" $(FOLDERS)

test-full: depot ## what takes longer than `make test`, noted in the ledger; a share of it: make test-full SHARD=2/4
	@PYTHONPATH=tests $(PY) tools/test_full.py --shard $(SHARD) --stale $(STALE)

molecule: depot ## Molecule on a shared throwaway host: make molecule [SCENARIO=production]
	@molecule test $(if $(SCENARIO),--scenario-name $(SCENARIO),--all)

bench: depot ## speed, each figure beside its rival in one run
	@$(PY) benchmarks/run.py

docs: venv ## check and build the documents
	@tools/docs

package: venv ## build the collection, install it elsewhere, run its playbooks by full name
	@tools/package

venv: .venv/collections/ansible_collections/photosync/vps ## the Python environment of the checkout

.venv/collections/ansible_collections/photosync/vps: requirements-dev.txt
	@tools/venv

host: venv
	@tests/host/prepare

depot: host
	@$(PY) tests/host/depot.py up
