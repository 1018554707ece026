"""One at a time, and whoever has to wait is told for whom."""

import os
import subprocess
import sys
import time

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.common import lock, process

HOLD = """
import sys
sys.path.insert(0, {path!r})
from ansible_collections.photosync.vps.plugins.module_utils.common import lock, process
with lock.exclusive({lock!r}, "the deployment of release abc", "alice@laptop", with_children=True):
    print("held", flush=True)
    process.run(["sleep", "{seconds}"])
"""


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "state" / "deploy.lock")


def holder(path, seconds):
    """Another process that holds the lock, and has a child that runs so long."""
    collections = next(place for place in sys.path if place.endswith("collections"))
    code = HOLD.format(path=collections, lock=path, seconds=seconds)
    started = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert started.stdout.readline() == "held\n"
    while subprocess.run(["pgrep", "--parent", str(started.pid)], stdout=subprocess.DEVNULL, check=False).returncode:
        time.sleep(0.01)
    return started


def test_whoever_comes_second_is_told_who_holds_it_for_whom_since_when(path):
    first = holder(path, 30)
    try:
        with pytest.raises(lock.Busy) as busy, lock.exclusive(path, "another"):
            pass
        assert "the deployment of release abc by alice@laptop" in str(busy.value)
        assert f"process {first.pid}, since 20" in str(busy.value)
    finally:
        subprocess.run(["pkill", "-P", str(first.pid)], check=False)
        first.wait()


def test_a_lock_is_waited_for_and_the_wait_is_told(path):
    first = holder(path, 1)
    told = []
    with lock.exclusive(path, "another", wait=30, tell=told.append):
        pass
    first.wait()
    assert len(told) == 1 and told[0].startswith("waiting for the deployment of release abc")


def test_a_killed_holders_children_keep_it_until_they_end(path):
    first = holder(path, 2)
    began = time.monotonic()
    first.kill()
    first.wait()
    with pytest.raises(lock.Busy), lock.exclusive(path, "another"):
        pass
    with lock.exclusive(path, "another", wait=30):
        assert time.monotonic() - began < 20


def test_it_is_free_as_soon_as_nobody_holds_it_and_only_root_may_read_who_did(path):
    with lock.exclusive(path, "one"):
        assert process.handles() == ()
    with lock.exclusive(path, "two"):
        assert os.stat(path).st_mode & 0o777 == 0o600
