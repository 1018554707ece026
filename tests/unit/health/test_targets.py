# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A mistake in a target is named before anything is checked, and all mistakes at once."""

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.health import spec
from ansible_collections.photosync.vps.plugins.module_utils.health.targets import Target, TargetError, parse_targets

URL = "http://127.0.0.1/"


def problems(*targets):
    """What is wrong with them; nothing where they can be read."""
    try:
        parse_targets(targets)
    except TargetError as error:
        return error.problems
    return []


def test_every_mistake_of_every_target_is_named_at_once():
    found = problems(
        {"name": "site", "kind": "http", "urll": URL, "status": ["abc"], "timeout": 0},
        {"name": "database", "kind": "tcp", "host": "127.0.0.1", "port": 99999},
        {"name": "well", "kind": "tcp", "host": "127.0.0.1", "port": 5432},
        "not a target",
    )
    assert found == [
        "target 1 (site): timeout: 0 is not between 0.001 and 3600",
        "target 1 (site): urll: no such setting, url perhaps?",
        "target 1 (site): url: is needed for kind http",
        "target 1 (site): status: 200, 2xx or 200-299 is wanted, this is 'abc'",
        "target 2 (database): port: 99999 is not between 1 and 65535",
        "target 4: a dictionary is wanted, this is str",
    ]


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        ({}, "kind"),
        ({"kind": "ping"}, "kind"),
        ({"kind": "http"}, "url"),
        ({"kind": "http", "url": "photos.example.org"}, "url"),
        ({"kind": "http", "url": "ftp://photos.example.org/"}, "url"),
        ({"kind": "http", "url": "http://x:port/"}, "url"),
        ({"kind": "http", "url": "http://x:70000/"}, "url"),
        ({"kind": "http", "url": "http://x/a b"}, "url"),
        ({"kind": "http", "url": "http://[::1/"}, "url"),
        ({"kind": "http", "url": "http://füße.example/"}, "url"),
        ({"kind": "http", "url": URL, "method": "DELETE"}, "method"),
        ({"kind": "http", "url": URL, "method": "HEAD", "body": "x"}, "method"),
        ({"kind": "http", "url": URL, "status": []}, "status"),
        ({"kind": "http", "url": URL, "status": 200}, "status"),
        ({"kind": "http", "url": URL, "status": ["2000"]}, "status"),
        ({"kind": "http", "url": URL, "body": "("}, "body"),
        ({"kind": "http", "url": URL, "headers": {"bad name": "x"}}, "headers"),
        ({"kind": "http", "url": URL, "headers": {"X": ["list"]}}, "headers"),
        ({"kind": "http", "url": URL, "connect_to": "a:b"}, "connect_to"),
        ({"kind": "http", "url": URL, "connect_to": "a:0"}, "connect_to"),
        ({"kind": "http", "url": URL, "verify_tls": "no"}, "verify_tls"),
        ({"kind": "http", "url": URL, "min_share_valid": 0.1}, "min_share_valid"),
        ({"kind": "http", "url": "https://x/", "min_share_valid": 10}, "min_share_valid"),
        ({"kind": "http", "url": URL, "depends_on": [1]}, "depends_on"),
        ({"kind": "http", "url": URL, "depends_on": "caddy"}, "depends_on"),
        ({"kind": "http", "url": URL, "min_days_valid": 14}, "min_days_valid"),
        ({"kind": "http", "url": "https://x/", "verify_tls": False, "min_days_valid": 14}, "min_days_valid"),
        ({"kind": "http", "url": URL, "port": 80}, "port"),
        ({"kind": "tcp", "host": "x"}, "port"),
        ({"kind": "tcp", "host": "", "port": 1}, "host"),
        ({"kind": "tcp", "host": "x", "port": True}, "port"),
        ({"kind": "tcp", "host": "x", "port": "80"}, "port"),
        ({"kind": "container"}, "container or project"),
        ({"kind": "container", "container": "a", "project": "b"}, "container"),
        ({"kind": "container", "container": "a", "service": "b"}, "service"),
        ({"kind": "container", "container": "a", "restarts": -1}, "restarts"),
        ({"kind": "command"}, "command"),
        ({"kind": "command", "command": []}, "command"),
        ({"kind": "command", "command": "true"}, "command"),
        ({"kind": "command", "command": [["true"]]}, "command"),
    ],
)
def test_a_mistake_names_its_setting(settings, setting):
    found = problems(dict(settings, name="x"))
    assert [problem.startswith(f"target 1 (x): {setting}: ") for problem in found] == [True]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"url": URL, "headers": {"Authorization": "Bearer hush\nhush"}}, "Authorization"),
        ({"url": "http://admin:hush@127.0.0.1/"}, "url"),
    ],
)
def test_a_mistake_never_shows_the_value_of_a_header_or_credentials(settings, named):
    (problem,) = problems({"kind": "http", **settings})
    assert "hush" not in problem and named in problem


def test_defaults_that_ansible_fills_in_for_other_kinds_are_no_problems():
    filled = {name: option.get("default") for name, option in spec.TARGET.items()}
    (target,) = parse_targets([dict(filled, kind="tcp", host="127.0.0.1", port=80)])
    assert (target.kind, target.port) == ("tcp", 80)


@pytest.mark.parametrize(
    ("written", "read"), [("200", (200, 200)), (204, (204, 204)), ("2xx", (200, 299)), ("200-499", (200, 499))]
)
def test_status_codes_can_be_single_ones_classes_and_ranges(written, read):
    (target,) = parse_targets([{"kind": "http", "url": URL, "status": [written]}])
    assert target.status == (read,)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("203.0.113.7", ("203.0.113.7", None)),
        ("203.0.113.7:8443", ("203.0.113.7", 8443)),
        ("host.example:80", ("host.example", 80)),
        ("::1", ("::1", None)),
        ("[::1]", ("::1", None)),
        ("[2001:db8::7]:443", ("2001:db8::7", 443)),
    ],
)
def test_an_address_to_connect_to_may_have_a_port_and_be_of_ipv6(written, read):
    (target,) = parse_targets([{"kind": "http", "url": URL, "connect_to": written}])
    assert target.connect_to == read


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"kind": "http", "url": "https://x.example/health?token=hush#top"}, "https://x.example/health"),
        ({"kind": "tcp", "host": "::1", "port": 80}, "[::1]:80"),
        ({"kind": "container", "project": "photo-sync", "service": "caddy"}, "photo-sync/caddy"),
        ({"kind": "container", "container": "web"}, "web"),
        ({"kind": "command", "command": ["/bin/check", "--token", "hush"]}, "/bin/check"),
    ],
)
def test_a_target_without_a_name_is_called_like_what_it_checks(settings, name):
    (target,) = parse_targets([settings])
    assert target.name == name


@pytest.mark.parametrize(
    ("name", "kind", "number"), [("web", "http", 1), ("web", "tcp", 0), ("other", "http", 0), ("other", "tcp", 0)]
)
def test_a_name_is_taken_by_another_target_of_its_kind_alone(name, kind, number):
    settings = {"http": {"url": "http://a.test/"}, "tcp": {"host": "a.test", "port": 1}}
    first = {"name": "web", "kind": "http", **settings["http"]}
    found = problems(first, {"name": name, "kind": kind, **settings[kind]})
    assert found == ["target 2 (web): name: another http target has this name"] * number


@pytest.mark.parametrize(
    ("port", "well"), [("", True), (":1", True), (":65535", True), (":0", False), (":65536", False)]
)
def test_an_address_has_a_port_that_there_is(port, well):
    assert (problems({"name": "web", "kind": "http", "url": f"http://a.test{port}/"}) == []) is well


def test_words_of_a_header_that_are_too_short_to_be_secrets_are_none():
    target = Target("web", "http", 1.0, headers={"Authorization": "Bearer sixsix seven77"})
    assert target.secrets == ["Bearer sixsix seven77", "seven77"]
