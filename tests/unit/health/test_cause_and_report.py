# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Of many failures the first is named, in words for somebody who did not set this up."""

from __future__ import annotations

from ansible_collections.photosync.vps.plugins.module_utils.health.cause import root_cause
from ansible_collections.photosync.vps.plugins.module_utils.health.report import diff, report
from ansible_collections.photosync.vps.plugins.module_utils.health.results import Result

GRAPH = {"web": ["api"], "api": ["cache", "database"], "cache": [], "database": [], "mail": []}


def result(name, healthy=False, kind="container", error="ill", final=False, **details):
    return Result(name, kind, name, healthy=healthy, attempts=1, seconds=4.0, error=error, final=final, details=details)


def named(cause):
    return cause and (cause.result.name, cause.explains)


def test_all_healthy_has_no_cause():
    assert root_cause([result("web", True), result("api", True)], GRAPH) is None


def test_the_failure_whose_own_dependencies_are_well_is_the_cause():
    results = [result("web"), result("api"), result("cache", True), result("database")]
    assert named(root_cause(results, GRAPH)) == ("database", ("api", "web"))


def test_a_healthy_service_in_between_does_not_hide_the_cause():
    assert named(root_cause([result("web"), result("api", True), result("cache")], GRAPH)) == ("cache", ("web",))


def test_what_cannot_recover_goes_before_what_still_tries():
    results = [result("cache"), result("mail", final=True), result("api")]
    assert root_cause(results, GRAPH).result.name == "mail"


def test_of_two_causes_the_one_that_explains_more_is_named():
    assert root_cause([result("mail"), result("cache"), result("api")], GRAPH).result.name == "cache"


def test_a_failure_that_explains_nothing_does_not_outrank_one_that_does_because_it_needs_nobody():
    results = [result("mail"), result("web"), result("api"), result("cache", True), result("database", True)]
    assert named(root_cause(results, GRAPH)) == ("api", ("web",))


def test_a_circle_of_dependencies_still_has_an_answer():
    circle = {"a": ["b"], "b": ["a"]}
    assert named(root_cause([result("a"), result("b")], circle)) == ("a", ("b",))


def test_a_container_knows_better_why_than_a_probe_of_the_same_service():
    results = [result("api", kind="http", error="refused"), result("api", error="exited with code 1")]
    assert root_cause(results, GRAPH).result.kind == "container"


def test_what_compose_noted_is_used_when_nothing_is_given():
    results = [result("one", service="web", depends_on=["api"]), result("two", service="api")]
    assert named(root_cause(results)) == ("two", ("web",))


def test_a_report_of_failures_can_be_read_at_three_in_the_morning():
    results = [
        Result("api", "http", "http://127.0.0.1:3000/health", False, 17, 60.0, error="connection refused"),
        result(
            "database",
            error="exited with code 1",
            final=True,
            container="photo-sync-database-1",
            last_probe="exit code 2: no response",
            log=["starting", "FATAL: disk full"],
        ),
        result("web", True),
    ]
    assert report(results, GRAPH)["msg"].splitlines() == [
        "2 of 3 targets are not healthy after 60.0 s.",
        "Look here first: database: exited with code 1 (waiting for it: api)",
        "- api (http http://127.0.0.1:3000/health, 17 attempts): connection refused",
        "- database (container): exited with code 1",
        "    last probe: exit code 2: no response",
        "    end of the log of photo-sync-database-1:",
        "      starting",
        "      FATAL: disk full",
    ]


def test_a_report_of_health_is_one_line():
    found = report([result("web", True), result("api", True)])
    assert found["msg"] == "2 targets healthy after 4.0 s"
    assert (found["healthy"], found["root_cause"]) == (True, None)


def test_one_target_is_spoken_of_as_one():
    assert report([result("web", True)])["msg"] == "1 target healthy after 4.0 s"
    assert report([result("web")])["msg"].startswith("1 of 1 target is not healthy")


def test_a_report_has_one_plain_entry_for_each_target():
    (entry,) = report([result("web", error="ill")])["results"]
    assert list(entry) == [
        "name", "kind", "target", "healthy", "attempts", "seconds", "latency_ms", "reason", "error", "details",
    ]  # fmt: skip


def test_what_targets_say_of_their_needs_counts_where_nothing_else_is_given():
    site = Result("site", "http", "https://x/", error="status 502", needs=("front", "page"))
    results = [site, result("front", depends_on=["page"]), result("page")]
    assert named(root_cause(results)) == ("page", ("front", "site"))
    assert named(root_cause(results, {"page": ["disk"]})) == ("page", ("front", "site"))


def test_a_container_that_is_not_there_has_the_needs_that_its_target_names():
    missing = Result("api", "container", "p/api", error="there is no container", needs=("database",))
    assert named(root_cause([missing, result("database")])) == ("database", ("api",))


def test_a_difference_has_a_line_for_each_target_that_was_seen():
    early, late = result("early", True), result("late", True)
    early.began = "connection refused"
    assert diff([early, late]) == {"before": "early: connection refused\n", "after": "early: healthy\nlate: healthy\n"}


def test_a_pending_certificate_beside_a_failure_is_one_of_the_failures():
    waits = Result("site", "http", "https://x/", reason="certificate_pending", error="no certificate (yet)")
    found = report([waits, result("web")])
    assert (found["verdict"], found["pending"], found["root_cause"]["name"]) == ("unhealthy", ["site"], "web")
    assert found["msg"].startswith("2 of 2 targets are not healthy")
