# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What belongs to the host and not to a stack is what all its stacks ask for together."""

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.host import daemon_control, parts
from ansible_collections.photosync.vps.plugins.module_utils.host.daemon import RESTART, Running
from ansible_collections.photosync.vps.plugins.module_utils.host.parts import Part
from ansible_collections.photosync.vps.plugins.module_utils.host.sockets import Port

REGISTRY = "insecure-registries"
DEFAULTS = {"live-restore": True, "log-driver": "json-file", "log-opts": {"max-size": "10m"}}
ACTIVE = {"LoadState": "loaded", "ActiveState": "active", "UnitFileState": "enabled"}
RUNNING = Running(version="28.5.1", containers=2, logging_driver="json-file", live_restore=True)


@pytest.mark.parametrize(
    ("photos", "feeds", "together"),
    [
        ({}, {}, {}),
        # A second stack's run keeps what the first one asked for.
        ({"mtu": 1400}, {"debug": True}, {"mtu": 1400, "debug": True}),
        ({"mtu": 1400}, {"mtu": 1400}, {"mtu": 1400}),
        ({"log-opts": {"a": "1", "b": "2"}}, {"log-opts": {"b": "2", "a": "1"}}, {"log-opts": {"a": "1", "b": "2"}}),
        # Lists of what does not exclude each other are joined, in the same order whoever asks.
        ({REGISTRY: ["p:1", "both:1"]}, {REGISTRY: ["f:1", "both:1"]}, {REGISTRY: ["f:1", "both:1", "p:1"]}),
        ({REGISTRY: ["p:1"]}, {}, {REGISTRY: ["p:1"]}),
        # dockerd says of it that it is no list.
        ({REGISTRY: "p:1"}, {}, {REGISTRY: "p:1"}),
    ],
)
def test_options_of_all_stacks_come_together_whoever_asks_last(photos, feeds, together):
    both = [Part("photos", daemon_options=photos), Part("feeds", daemon_options=feeds)]
    assert parts.daemon_options(both) == together
    assert parts.daemon_options(reversed(both)) == together
    assert parts.conflicts(both) == []


@pytest.mark.parametrize(
    ("photos", "feeds", "setting", "said"),
    [
        (
            {"daemon_options": {"mtu": 1400, "debug": True}},
            {"daemon_options": {"mtu": 1500}},
            "docker_daemon_options",
            "mtu is to be 1500 for feeds and 1400 for photos",
        ),
        (
            {"daemon_options": {"log-opts": {"max-size": "1m"}}},
            {"daemon_options": {"log-opts": {}}},
            "docker_daemon_options",
            'log-opts is to be {} for feeds and {"max-size": "1m"} for photos',
        ),
        (
            {"settings": {"docker_version": "28.5"}},
            {"settings": {"docker_version": "29"}},
            "docker_version",
            'docker_version is to be "29" for feeds and "28.5" for photos',
        ),
        (
            {"daemon_options": {"proxies": {"http-proxy": "http://user:hunter2@proxy:3128"}}},
            {"daemon_options": {"proxies": {}}},
            "docker_daemon_options",
            "http://********@proxy:3128",
        ),
    ],
)
def test_what_two_stacks_want_differently_names_both_and_the_setting(photos, feeds, setting, said):
    (found,) = parts.conflicts([Part("photos", **photos), Part("feeds", **feeds)])
    assert found.setting == setting
    assert said in str(found)
    assert "hunter2" not in str(found)


def test_a_stack_without_a_wish_contradicts_nobody():
    both = [Part("photos", settings={"docker_version": "28.5"}), Part("feeds", settings={"docker_version": ""})]
    assert parts.conflicts(both) == []
    assert parts.settings(both) == parts.settings(reversed(both)) == {"docker_version": "28.5"}


def test_packages_of_all_stacks_are_needed():
    assert parts.packages([Part("photos", packages=["jq", "git"]), Part("feeds", packages=["git"])]) == ["git", "jq"]


def state(**changes):
    """A host on which photos has run with mtu, and feeds has not."""
    options = {**DEFAULTS, "mtu": 1400}
    known = {
        "text": "{}",
        "options": options,
        "recorded": options,
        "unit": ACTIVE,
        "running": RUNNING,
        "part": Part("feeds"),
        "others": [Part("photos", daemon_options={"mtu": 1400})],
    }
    return daemon_control.State(**known | changes)


def test_a_second_stacks_run_adds_its_part_and_leaves_the_first_ones():
    todo = daemon_control.plan(state(), DEFAULTS, {"debug": True})
    assert todo.options == {**DEFAULTS, "mtu": 1400, "debug": True}
    assert todo.part == Part("feeds", daemon_options={"debug": True})


def test_a_stack_that_asks_for_nothing_only_says_so():
    todo = daemon_control.plan(state(), DEFAULTS, {})
    assert (todo.note, todo.touches, todo.changes) == (True, False, True)
    assert not daemon_control.plan(state(part=todo.part), DEFAULTS, {}).changes


def test_two_stacks_that_want_one_option_differently_are_refused():
    with pytest.raises(parts.ConflictError, match="docker_daemon_options: mtu is to be 1500 for feeds and 1400 for"):
        daemon_control.plan(state(), DEFAULTS, {"mtu": 1500})


def test_what_no_part_asks_for_any_longer_goes():
    todo = daemon_control.plan(state(others=[]), DEFAULTS, {})
    assert (todo.options, todo.measure) == (DEFAULTS, RESTART)


@pytest.mark.parametrize(
    ("wanted", "mtu"),
    [
        # It may be the other stack's, which has not run since hosts have parts.
        ({}, 1400),
        ({"mtu": 1400}, 1400),
        ({"mtu": 1500}, 1500),
    ],
)
def test_a_version_before_left_no_parts_and_nothing_of_its_options_goes(wanted, mtu):
    todo = daemon_control.plan(state(others=[], unheard=["photos"]), DEFAULTS, wanted)
    assert todo.options == {**DEFAULTS, "mtu": mtu}
    assert todo.touches == (mtu != 1400)


def test_after_a_version_before_a_list_keeps_what_another_stack_may_have_put_in_it():
    listed = {**DEFAULTS, REGISTRY: ["photos:1"]}
    old = state(others=[], unheard=["photos"], options=listed, recorded=listed)
    assert daemon_control.plan(old, DEFAULTS, {REGISTRY: ["feeds:1"]}).options[REGISTRY] == ["photos:1", "feeds:1"]


REPLACED = {**DEFAULTS, "log-opts": {"max-size": "50m"}}


@pytest.mark.parametrize(
    "known",
    [{"options": REPLACED, "recorded": REPLACED}, {"options": {**DEFAULTS, "mtu": 1300}}],
    ids=["a default that was replaced", "what the owner changed since"],
)
def test_after_a_version_before_nothing_is_touched_until_its_stack_has_run(known):
    assert not daemon_control.plan(state(others=[], unheard=["photos"], **known), DEFAULTS, {}).touches


@pytest.fixture
def host(tmp_path, monkeypatch):
    """An empty host."""
    monkeypatch.setattr(parts, "FOLDER", str(tmp_path / "stacks"))
    monkeypatch.setattr(parts.paths, "of_stack", lambda stack: parts.paths.Layout(str(tmp_path / "opt" / stack)))
    monkeypatch.setattr(parts.spec, "path_of", lambda stack: str(tmp_path / "opt" / stack / "current" / "stack.json"))
    return tmp_path


def test_a_stack_that_a_version_before_deployed_is_unheard_until_it_has_run(host):
    for stack in ("feeds", "photos", "wiki"):
        (host / "opt" / stack / "current").mkdir(parents=True)
        (host / "opt" / stack / "current" / "stack.json").touch()
    parts.note(Part("wiki", daemon_options={}))
    # A play without the role docker notes ports and memory, and knows nothing of options.
    parts.note(Part("feeds", ports=[Port("web", 80)]))
    assert parts.unheard("photos") == ["feeds"]
    parts.note(Part("feeds", daemon_options={}))
    assert parts.unheard("photos") == []


def test_a_part_is_kept_and_dropped_alone(host):
    photos = Part("photos", {"docker_version": "28"}, {"mtu": 1400}, ["jq"], [Port("web", 80, address="::1")], 5, 7)
    for part in (photos, Part("feeds")):
        parts.note(part)
    assert parts.of_stack("photos") == photos
    assert parts.of_others("feeds") == [photos]
    parts.drop("photos")
    assert (parts.is_noted("photos"), parts.of_others("photos")) == (False, [Part("feeds")])
    parts.drop("photos")


def test_a_damaged_part_is_as_one_that_was_never_said(host):
    parts.note(Part("photos", packages=["jq"]))
    (host / "stacks" / "photos.json").write_text("{", encoding="utf-8")
    assert parts.of_stack("photos") == Part("photos")


def test_a_stack_whose_folder_is_not_there_is_gone(host):
    (host / "opt" / "feeds").mkdir(parents=True)
    assert parts.gone([Part("feeds"), Part("photos")]) == ["photos"]


def test_a_part_is_shown_without_the_passwords_of_addresses():
    shown = parts.text(Part("photos", daemon_options={"proxies": {"http-proxy": "http://alice:hush@proxy:3128"}}))
    assert '"stack": "photos"' in shown and "proxy:3128" in shown and "hush" not in shown
