# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The modules as Ansible runs them: what they return, and that their documentation is the truth."""

import json
import pathlib
import ssl
import subprocess
import sys

import pytest
import yaml
from ansible_collections.photosync.vps.plugins.doc_fragments import health as fragment
from ansible_collections.photosync.vps.plugins.module_utils.health import spec
from ansible_collections.photosync.vps.plugins.modules import healthcheck, healthcheck_info

ROOT = pathlib.Path(__file__).resolve().parents[3]


def run(module, check_mode=False, diff=False, **arguments):
    """Run a module in a process of its own, with its arguments on standard input as Ansible gives them."""
    modes = {"_ansible_check_mode": check_mode, "_ansible_diff": diff, "_ansible_tmpdir": "/tmp"}
    given = {"ANSIBLE_MODULE_ARGS": dict(arguments, **modes)}
    start = (
        "import sys; sys.path.insert(0, {0!r})\n"
        "from ansible.module_utils.testing import patch_module_args\n"
        "import json; from ansible_collections.photosync.vps.plugins.modules import {1} as module\n"
        "with patch_module_args(json.load(sys.stdin)['ANSIBLE_MODULE_ARGS']): module.main()"
    ).format(str(ROOT / ".venv" / "collections"), module)
    done = subprocess.run(
        [sys.executable, "-c", start], input=json.dumps(given), stdout=subprocess.PIPE, text=True, check=False
    )
    return done.returncode, json.loads(done.stdout)


def ill(free_port):
    return {"name": "ill", "kind": "tcp", "host": "127.0.0.1", "port": free_port}


WELL = {"name": "well", "kind": "command", "command": ["true"]}


@pytest.mark.parametrize("check_mode", [False, True])
def test_healthcheck_succeeds_when_all_is_well_so_many_times_in_a_row_and_changes_nothing(check_mode):
    code, said = run("healthcheck", check_mode, targets=[WELL], successes=2, timeout=20)
    assert (code, said["changed"], said["healthy"], "diff" in said) == (0, False, True, False)
    assert [(one["name"], one["attempts"]) for one in said["results"]] == [("well", 2)]


def test_healthcheck_fails_with_all_that_was_found(free_port):
    code, said = run("healthcheck", targets=[WELL, ill(free_port)], timeout=0.5)
    assert (code, said["failed"], said["changed"], said["root_cause"]["name"]) == (1, True, False, "ill")
    assert [result["healthy"] for result in said["results"]] == [True, False]
    assert "connection refused" in said["msg"]


def test_in_diff_mode_it_is_told_how_health_changed_while_it_was_waited_for(tmp_path):
    once = f"mkdir {tmp_path}/seen 2>/dev/null && exit 3; true"
    late = {"name": "late", "kind": "command", "command": ["sh", "-c", once]}
    _code, said = run("healthcheck", True, diff=True, targets=[WELL, late], timeout=20)
    assert said["changed"] is False
    assert said["diff"] == {"before": "well: healthy\nlate: exit code 3\n", "after": "well: healthy\nlate: healthy\n"}


def without_certificate(serve):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = lambda *_hello: ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
    port = serve(tls=context).port
    return {"name": "site", "kind": "http", "url": "https://a.test/", "connect_to": f"127.0.0.1:{port}"}


def test_a_pending_certificate_is_accepted_with_a_warning_when_that_is_asked_for(serve):
    code, said = run("healthcheck", targets=[WELL, without_certificate(serve)], accept_pending_after=0.3)
    assert code == 0 and said["healthy"] is False
    assert (said["verdict"], said["pending"]) == ("pending", ["site"])
    assert "PENDING: no certificate has been issued yet for a.test" in json.dumps(said["warnings"])


def test_a_pending_certificate_fails_the_task_otherwise(serve):
    code, said = run("healthcheck", targets=[without_certificate(serve)], timeout=0.5)
    assert code == 1 and said["verdict"] == "pending"


@pytest.mark.parametrize(("module", "more"), [("healthcheck", {"timeout": 0.3}), ("healthcheck_info", {})])
def test_neither_secrets_nor_headers_come_back_from_a_module(site, module, more):
    leak = {"name": "leak", "kind": "command", "command": ["sh", "-c", "echo it is $(cat /proc/version); exit 1"]}
    secret = pathlib.Path("/proc/version").read_text(encoding="utf-8").split("(")[0].strip()
    site.status, site.body = 401, "{Authorization}"
    api = {"name": "api", "kind": "http", "url": site.url, "headers": {"Authorization": "Bearer hush-hush-hush"}}
    _code, said = run(module, targets=[leak, api], secrets=[secret], **more)
    assert "it is ***" in said["results"][0]["error"]
    assert secret not in json.dumps(said) and "hush" not in json.dumps(said)


@pytest.mark.parametrize("module", ["healthcheck", "healthcheck_info"])
def test_targets_that_make_no_sense_are_all_named(module):
    code, said = run(module, targets=[{"name": "a", "kind": "tcp"}, {"name": "b", "kind": "http"}])
    assert code == 1 and said["problems"] == [
        "target 1 (a): host: is needed for kind tcp",
        "target 1 (a): port: is needed for kind tcp",
        "target 2 (b): url: is needed for kind http",
    ]


def documented(module):
    own = yaml.safe_load(module.DOCUMENTATION)
    shared = yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION)
    return dict(shared["options"], **own.get("options", {}))


def compare(options, arguments):
    assert sorted(options) == sorted(arguments)
    for name, option in options.items():
        for fact in ("type", "elements", "default", "choices", "required"):
            assert option.get(fact) == arguments[name].get(fact), name
        if "suboptions" in option:
            compare(option["suboptions"], arguments[name]["options"])


def test_the_documentation_of_every_option_is_what_the_modules_accept():
    compare(documented(healthcheck), dict(spec.ONE_PASS, **spec.WAITING))
    compare(documented(healthcheck_info), spec.ONE_PASS)


def test_every_setting_of_a_target_belongs_to_a_kind():
    of_kinds = {name for names in spec.SETTINGS.values() for name in names}
    assert of_kinds | set(spec.COMMON) == set(spec.TARGET)


def test_what_both_modules_return_is_described_once():
    full, referring = yaml.safe_load(healthcheck.RETURN), yaml.safe_load(healthcheck_info.RETURN)
    assert set(full) - set(referring) == {"diff"}
    for name, value in referring.items():
        assert value["description"] == f"As RV(photosync.vps.healthcheck#module:{name})."
        assert value["type"] == full[name]["type"]


def test_healthcheck_info_succeeds_whatever_it_finds_and_returns_what_is_documented(free_port):
    code, said = run("healthcheck_info", targets=[WELL, ill(free_port)])
    assert (code, said["healthy"], said["changed"]) == (0, False, False)
    assert [result["attempts"] for result in said["results"]] == [1, 1]
    promised = yaml.safe_load(healthcheck.RETURN)
    assert set(said) - {"changed", "invocation"} == set(promised) - {"diff", "problems"}
    assert set(said["results"][0]) == set(promised["results"]["contains"])
    assert set(said["root_cause"]) == set(promised["root_cause"]["contains"])
