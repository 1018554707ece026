# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What passes the gate: all healthy, or nothing missing but a certificate that is still to be issued."""

from __future__ import annotations

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.deploy import health_gate, rollout
from ansible_collections.photosync.vps.plugins.module_utils.health.results import Result
from support.specs import make_spec

WELL = Result("caddy", "container", "feeds-caddy-1", True)
WAITS = Result("site", "http", "https://a.test/", reason="certificate_pending", error="no certificate for a.test (yet)")
WRONG = Result("site", "http", "https://a.test/", reason="certificate", error="the certificate is not trusted")
ILL = Result("reader", "container", "feeds-reader-1", reason="exited", error="exited with code 1")


@pytest.fixture
def spec(tmp_path):
    """A release whose reader has a secret."""
    (tmp_path / "current" / "env").mkdir(parents=True)
    (tmp_path / "current" / "env" / "reader.env").write_text("API_TOKEN='hush-hush-hush'\n")
    return make_spec(root=str(tmp_path))


@pytest.fixture
def finds(monkeypatch):
    """Let the engine find what a test wants; what it was asked is noted."""
    asked = {}

    def these(*results):
        monkeypatch.setattr(
            health_gate.engine, "check", lambda _targets, **settings: asked.update(settings) or list(results)
        )
        return asked

    return these


def passed(spec):
    return health_gate.wait(spec, 300, print, certificate_timeout=7)


def test_all_healthy_passes_and_there_is_nothing_to_say(spec, finds):
    finds(WELL)
    assert rollout.Done(health=passed(spec)).notice == ""


def test_a_certificate_that_is_still_to_be_issued_passes_and_is_told(spec, finds):
    asked = finds(WELL, WAITS)
    done = rollout.Done(health=passed(spec))
    assert done.notice.startswith("PENDING: no certificate has been issued yet for a.test.")
    assert asked["accept_pending_after"] == 7


@pytest.mark.parametrize("results", [[WELL, WRONG], [ILL], [WAITS, ILL]])
def test_all_else_does_not_pass(spec, finds, results):
    finds(*results)
    with pytest.raises(health_gate.Unhealthy):
        passed(spec)


def test_secrets_of_the_release_are_kept_out_of_what_is_told(spec, finds):
    asked = finds(WELL)
    passed(spec)
    assert asked["secrets"] == ["hush-hush-hush"]


@pytest.mark.parametrize(
    ("result", "waiting", "line"),
    [
        (WELL, [], "  12.3 s  caddy: healthy"),
        (WELL, ["site"], "  12.3 s  caddy: healthy; waiting for 1"),
        (ILL, ["site", "reader"], "  12.3 s  reader: exited with code 1; waiting for 2"),
    ],
)
def test_each_change_is_a_line_with_how_many_it_waits_for(result, waiting, line):
    assert health_gate.describe(health_gate.engine.Progress(12.3, result, waiting)) == line


def test_a_deployment_that_started_nothing_has_nothing_to_say():
    assert rollout.Done().notice == ""
