# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Of many failures the first is named, in words for somebody who did not set this up."""

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.health.cause import root_cause
from ansible_collections.photosync.vps.plugins.module_utils.health.report import diff, report
from ansible_collections.photosync.vps.plugins.module_utils.health.results import Result

GRAPH = {"web": ["api"], "api": ["cache", "database"], "cache": [], "database": [], "mail": []}


def result(name, healthy=False, kind="container", error="ill", final=False, **details):
    return Result(name, kind, name, healthy=healthy, attempts=1, seconds=4.0, error=error, final=final, details=details)


def named(cause):
    return cause and (cause.result.name, cause.explains)


CIRCLE = {"a": ["b"], "b": ["a"]}


@pytest.mark.parametrize(
    ("states", "graph", "cause"),
    [
        ("web+ api+", GRAPH, None),
        ("web api cache+ database", GRAPH, ("database", ("api", "web"))),
        ("web api+ cache", GRAPH, ("cache", ("web",))),
        ("cache mail! api", GRAPH, ("mail", ())),
        ("mail cache api", GRAPH, ("cache", ("api",))),
        ("mail web api cache+ database+", GRAPH, ("api", ("web",))),
        ("a b", CIRCLE, ("a", ("b",))),
    ],
    ids=[
        "all are healthy",
        "its own dependencies are well",
        "a healthy service in between hides nothing",
        "what cannot recover goes before what still tries",
        "of two the one that explains more",
        "needing nobody is no reason",
        "a circle still has an answer",
    ],
)
def test_of_many_failures_the_cause_is_named_with_what_it_explains(states, graph, cause):
    results = [result(word.rstrip("+!"), word.endswith("+"), final=word.endswith("!")) for word in states.split()]
    assert named(root_cause(results, graph)) == cause


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


def test_a_report_of_health_is_one_line_and_has_one_plain_entry_for_each_target():
    found = report([result("web", True), result("api", True)])
    assert found["msg"] == "2 targets healthy after 4.0 s"
    assert (found["healthy"], found["root_cause"], len(found["results"])) == (True, None, 2)
    assert report([result("web", True)])["msg"] == "1 target healthy after 4.0 s"
    assert report([result("web")])["msg"].startswith("1 of 1 target is not healthy")


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
