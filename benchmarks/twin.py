# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A twin of the host, on which the same stack was laid out the usual way, by the playbook in the folder usual."""

from __future__ import annotations

import importlib.metadata
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from host import DOMAIN, INVENTORY, MEDIA, STACK, STATE, BenchmarkError, Host, PlaybookRun, make_inventory, play, vps

NAME = "bench-twin"
USUAL = Path(__file__).resolve().parent / "usual" / "site.yml"
FOLDER = STATE / "twin"
INVENTORY_OF_TWIN = FOLDER / "inventory"
RELEASE = f"/opt/{STACK}/current"
AUTHORITY = f"/var/lib/docker/volumes/{STACK}_caddy_data/_data/caddy/pki/authorities/local/root.crt"
# The first lays everything, the second shows that nothing is left to do.
RUNS = 3


@contextmanager
def up(host: Host) -> Iterator[Callable[[], PlaybookRun]]:
    """A twin on which the usual playbook has nothing left to do; gives what runs it once more."""
    line = vps("up", NAME, "--disk", str(FOLDER / "disk"), "--host", f"{DOMAIN}=127.0.0.1")
    try:
        # As cloud-init does at the first boot.
        Host(line).run(f"mkdir -p {MEDIA} && apt-get update")
        variables = make_inventory(INVENTORY_OF_TWIN, line)
        shutil.copy(INVENTORY / "group_vars" / "photosync" / "vault.yml", variables)
        (variables / "usual.json").write_text(json.dumps(_described(host)), encoding="utf-8")
        print("laying out the twin the usual way", flush=True)
        for _attempt in range(RUNS):
            run = _run()
            if not run.changed:
                break
        else:
            raise BenchmarkError(f"the usual playbook goes on changing something:\n{run.output[-6000:]}")
        yield _run
    finally:
        vps("down", NAME)
        shutil.rmtree(FOLDER, ignore_errors=True)


def versions() -> str:
    """What the usual playbook is made of."""
    folder = Path(str(importlib.metadata.distribution("ansible").locate_file("ansible_collections")))
    manifest = json.loads((folder / "community" / "docker" / "MANIFEST.json").read_text(encoding="utf-8"))
    core = importlib.metadata.version("ansible-core")
    return f"ansible-core {core}'s own modules and community.docker {manifest['collection_info']['version']}"


def size(run: PlaybookRun) -> tuple[int, int]:
    """How many tasks a run had, and how many times a module was run for them."""
    return len(re.findall(r"^TASK ", run.output, re.M)), len(re.findall(r"^(?:ok|changed): ", run.output, re.M))


def _run() -> PlaybookRun:
    return play(USUAL, inventory=INVENTORY_OF_TWIN)


def _described(host: Host) -> dict[str, Any]:
    """Variables for the usual playbook; the files that it lays are those that serve on the host."""
    rendered = FOLDER / "rendered"
    names = host.run(f"cd {RELEASE} && ls env").split()
    for name in ("compose.prod.yaml", "Caddyfile", *(f"env/{name}" for name in names)):
        _keep(rendered / name, host.run(f"cat {RELEASE}/{name}"))
    _keep(rendered / "compose.yaml", _compose(host.run(f"cat {RELEASE}/compose.yaml")))
    _keep(rendered / "daemon.json", host.run("cat /etc/docker/daemon.json"))
    _keep(rendered / f"{STACK}.slice", host.run(f"cat /etc/systemd/system/{STACK}.slice"))
    return {
        "usual_rendered": str(rendered),
        "usual_env_files": names,
        "usual_services": host.run(f"cd {RELEASE} && docker compose config --services").split(),
        "usual_authority": AUTHORITY,
    }


def _keep(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(0o600)
    path.write_text(text, encoding="utf-8")


def _compose(text: str) -> str:
    """As somebody writes it by hand: a script makes databases at the first start, no base image is made for a build."""
    document = yaml.safe_load(text)
    services = document["services"]
    found = [pair for service in services.values() for pair in _contexts(service)]
    bases = {name: image for name, image in found if f"//{STACK}/" not in image}
    for service in services.values():
        for name, image in _contexts(service):
            service["build"]["additional_contexts"][name] = bases.get(name, image)
    services["custom-postgres"]["volumes"].append("./initdb:/docker-entrypoint-initdb.d:ro")
    return yaml.safe_dump(document, sort_keys=False)


def _contexts(service: dict[str, Any]) -> list[tuple[str, str]]:
    return list((service.get("build") or {}).get("additional_contexts", {}).items())
