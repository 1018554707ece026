# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Many targets at once, one deadline: when a check ends, and what it says until then."""

import itertools
import random
import socket
import statistics
import threading
import time

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.health import engine, probes
from ansible_collections.photosync.vps.plugins.module_utils.health.engine import check, pauses
from ansible_collections.photosync.vps.plugins.module_utils.health.targets import parse_targets


def http(url, name="site", **more):
    return dict({"kind": "http", "url": url, "name": name}, **more)


def test_three_hundred_targets_cost_at_most_twice_the_slowest_one(site):
    site.delay = 2.0
    targets = parse_targets([http(site.url, str(number), timeout=30) for number in range(300)])
    started = time.monotonic()
    results = check(targets, deadline=60)
    assert all(result.healthy for result in results)
    assert time.monotonic() - started < 2 * max(result.latency_ms for result in results) / 1000


def test_results_come_in_the_order_of_the_targets(site, free_port):
    targets = [http(site.url, "b"), {"kind": "tcp", "host": "127.0.0.1", "port": free_port, "name": "c"}]
    targets.append({"kind": "command", "command": ["true"], "name": "a"})
    results = check(parse_targets(targets), deadline=None, wait=False)
    assert [(result.name, result.kind, result.healthy) for result in results] == [
        ("b", "http", True),
        ("c", "tcp", False),
        ("a", "command", True),
    ]


def test_no_targets_are_healthy_at_once():
    assert check([], deadline=60) == []


def test_looking_once_probes_each_target_once(site):
    site.status = 503
    (result,) = check(parse_targets([http(site.url)]), deadline=None, wait=False)
    assert result.attempts == len(site.requests) == 1


def test_a_service_that_comes_up_later_is_noticed_and_its_time_told(serve, free_port):
    late = threading.Timer(0.6, lambda: serve(port=free_port))
    late.start()
    (result,) = check(parse_targets([http(f"http://127.0.0.1:{free_port}/")]), deadline=10)
    late.join()
    assert result.healthy and result.attempts > 2
    assert 0.5 < result.seconds < 2


def test_the_deadline_is_kept_and_the_last_error_told(site, wait):
    site.status = 503
    started = time.monotonic()
    result = wait(deadline=0.7, **http(site.url))
    assert 0.6 < time.monotonic() - started < 1.2
    assert not result.healthy and result.reason == "status" and result.seconds == 0.7


def test_a_probe_cut_short_by_the_deadline_does_not_hide_why_the_target_was_unhealthy(site, wait):
    site.status = 503
    threading.Timer(0.3, lambda: setattr(site, "delay", 5)).start()
    assert wait(deadline=1, **http(site.url)).reason == "status"


def test_a_resolver_that_hangs_does_not_hold_up_the_check(monkeypatch, site):
    def hanging(host, *arguments, **settings):
        if host == "slow.example":
            time.sleep(3)
        return resolve(host, *arguments, **settings)

    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    started = time.monotonic()
    results = check(parse_targets([http("http://slow.example/", "slow"), http(site.url)]), deadline=0.5)
    assert time.monotonic() - started < 2
    assert [result.healthy for result in results] == [False, True]
    assert results[0].error == "no answer within 0.5 s"


def test_successes_must_follow_each_other(site, wait, monkeypatch):
    monkeypatch.setattr(engine, "STEADY_PAUSE", 0.01)
    site.answers = [200, 200, 503, 200, 200, 200]
    result = wait(successes=3, **http(site.url))
    assert result.healthy and result.attempts == 6


def test_too_few_successes_are_told(site, wait):
    result = wait(successes=100, deadline=0.3, **http(site.url))
    assert result.reason == "unsteady" and result.error == "1 of 100 successes in a row"


def test_a_target_that_falls_ill_again_while_others_are_waited_for_is_not_reported_healthy(serve, monkeypatch):
    monkeypatch.setattr(engine, "HEALTHY_PAUSE", 0.1)
    early, never = serve(), serve()
    never.status = 503
    targets = [http(f"http://127.0.0.1:{one.port}/", str(one.port)) for one in (early, never)]
    threading.Timer(0.4, lambda: setattr(early, "status", 500)).start()
    results = check(parse_targets(targets), deadline=1)
    assert [result.healthy for result in results] == [False, False]


def test_pauses_between_probes_grow_to_a_cap():
    waits = list(itertools.islice(pauses(random.Random(1)), 40))
    assert waits[0] < engine.FIRST_PAUSE * 1.3
    assert waits[3] > waits[0] * 3
    assert all(wait <= engine.PAUSE_CAP * (1 + engine.JITTER) for wait in waits)
    assert statistics.mean(waits[10:]) == pytest.approx(engine.PAUSE_CAP, rel=0.1)


def test_targets_are_not_probed_in_step():
    first, second = pauses(random.Random(1)), pauses(random.Random(2))
    assert not set(itertools.islice(first, 20)) & set(itertools.islice(second, 20))


def test_a_healthy_target_is_probed_rarely_while_others_are_waited_for(serve):
    well, ill = serve(), serve()
    ill.status = 503
    targets = [http(f"http://127.0.0.1:{one.port}/", str(one.port)) for one in (well, ill)]
    check(parse_targets(targets), deadline=1.5)
    assert len(well.requests) == 1 and len(ill.requests) > 3


def test_every_change_is_told_in_the_callers_thread(site):
    told = []

    def note(progress):
        told.append((threading.current_thread(), progress.result.name, progress.result.healthy, progress.waiting))

    site.answers = [503]
    targets = [http(site.url), {"kind": "command", "command": ["sh", "-c", "sleep 0.5"], "name": "job"}]
    check(parse_targets(targets), deadline=10, on_progress=note)
    here = threading.current_thread()
    assert told == [
        (here, "site", False, ("site", "job")),
        (here, "site", True, ("job",)),
        (here, "job", True, ()),
    ]


def test_a_caller_that_breaks_off_leaves_nothing_running(site):
    def interrupt(_progress):
        raise KeyboardInterrupt

    before = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt):
        check(parse_targets([http(site.url)]), deadline=10, on_progress=interrupt)
    assert [thread for thread in set(threading.enumerate()) - before if "_probe" in thread.name] == []


def test_a_fault_of_the_engine_itself_is_told_and_not_waited_on(site, monkeypatch, wait):
    def broken(*_arguments):
        raise RuntimeError("out of luck with hush")

    monkeypatch.setitem(probes._PROBES, "http", broken)
    result = wait(deadline=30, **http(site.url, headers={"X-Token": "hush"}))
    assert result.reason == "internal" and result.seconds < 2
    assert result.error == "unexpected RuntimeError: out of luck with ***"
