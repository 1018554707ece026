# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host that is too small: limits scale down in proportion, never under a minimum, and the plan is shown."""

from limits.conftest import MEBIBYTE, ROOM, reserve

LIMITS = {"hog": 64 * MEBIBYTE, "left": 286 * MEBIBYTE, "right": 286 * MEBIBYTE}
PLAN = {
    "left": ["400M", "224M", "512M", "286M", "1", "1"],
    "right": ["400M", "224M", "512M", "286M", "1", "1"],
    "together": ["864.0", "MiB", "512.0", "MiB"],
}


def rows(output):
    """The table of the plan in the output of a run, and where in it the table ends."""
    before, found, after = output.partition("asks for more than this host has")
    assert found, output
    lines = [line.strip(' ",-') for line in after.splitlines()[2:5]]
    return {line.split()[0]: line.split()[1:] for line in lines}, len(before)


def test_the_plan_is_shown_before_anything_is_deployed(crowd):
    shown, at = rows(crowd.deployed.output)
    assert shown == PLAN
    assert at < crowd.deployed.output.index("Write and validate the release")


def test_the_kernel_holds_what_the_plan_says(crowd):
    found = {name: crowd.number(name, "memory", "memory.max", "memory.limit_in_bytes") for name in LIMITS}
    assert found == LIMITS
    assert crowd.number("", "memory", "memory.max", "memory.limit_in_bytes") == ROOM * MEBIBYTE


def test_lowered_limits_are_no_reason_to_change_anything_in_a_second_run(crowd):
    again = crowd.vps.play("site")
    assert (again.rc, again.changed) == (0, 0), again.output


def test_a_host_without_room_for_the_minimums_is_refused_with_who_wants_what_and_what_would_do(refused):
    said = refused(resource_limits_host_reserve=reserve(200)).output
    assert "the services reserve 864 MiB, 320 MiB at the least" in said
    table = said.partition("AT THE LEAST\n")[2].splitlines()[:4]
    assert [line.split() for line in table] == [
        ["left", "400", "MiB", "128", "MiB"],
        ["right", "400", "MiB", "128", "MiB"],
        ["hog", "64", "MiB", "64", "MiB"],
        ["together", "864", "MiB", "320", "MiB"],
    ]
