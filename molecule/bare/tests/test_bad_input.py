"""Bad input is refused before anything on the host has changed, in one report that names settings and services.

All that is wrong at once is refused here, and what cannot be wrong beside the rest; `tests/integration/preflight` has
each mistake alone.
"""

from contextlib import ExitStack

import pytest
from support import playbook
from support.bad_input import BAD, BAD_HOSTS, assert_refused, made_bad

# Of two values for one setting the later stands; of an engine that stands still nobody can tell which images it lacks.
APART = ["a relative repository", "engine and Compose too old"]


@pytest.fixture(scope="module", autouse=True)
def media_folder(host):
    host.check_output("mkdir -p /srv/photos")


def refused(host, variables, words):
    return assert_refused(host.check_output, lambda given: playbook.run("site", "bare", given), variables, words)


def test_a_mistake_is_refused_by_name_and_leaves_the_host_as_it_was(host):
    refused(host, *BAD[APART[0]])


def test_a_host_that_will_not_do_is_refused_by_name_and_left_as_it_was(host):
    with made_bad(host.check_output, APART[1]):
        refused(host, *BAD_HOSTS[APART[1]][2:])


def test_everything_that_is_wrong_is_said_in_one_report(host):
    variables, words = {}, []
    hosts = {kind: bad for kind, bad in BAD_HOSTS.items() if kind not in APART}
    values = {kind: bad for kind, bad in BAD.items() if kind not in APART}
    for more, said in [*values.values(), *(bad[2:] for bad in hosts.values())]:
        services = variables.get("catalogue_services", []) + more.get("catalogue_services", [])
        variables.update(more)
        variables["catalogue_services"] = services
        words += said
    with ExitStack() as everything:
        for kind in hosts:
            everything.enter_context(made_bad(host.check_output, kind))
        report = refused(host, variables, words)
    assert report.output.count("fatal:") == 1
