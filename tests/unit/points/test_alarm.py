"""A backup that fails is told to somebody."""

from __future__ import annotations

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.points.alarm import alarm
from ansible_collections.photosync.vps.plugins.module_utils.points.settings import Settings


def settings(*on_failure):
    return Settings(repository="r", password_file="p", host="h", on_failure=list(on_failure))


@pytest.fixture
def heard():
    return []


def fail(kept, heard):
    with alarm("photo-sync", kept, heard.append):
        raise ValueError("the repository is locked")


def test_the_command_hears_which_stack_and_what_went_wrong(tmp_path, heard):
    told = tmp_path / "told"
    with pytest.raises(ValueError, match="locked"):
        fail(settings("sh", "-c", f'echo "$PHOTOSYNC_STACK: $(cat)" >{told}'), heard)
    assert told.read_text() == "photo-sync: the repository is locked\n"


def test_nothing_is_run_when_all_goes_well(tmp_path, heard):
    with alarm("photo-sync", settings("touch", str(tmp_path / "told")), heard.append):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [["false"], ["/no/such/command"]])
def test_a_command_that_fails_hides_nothing(heard, command):
    with pytest.raises(ValueError, match="locked"):
        fail(settings(*command), heard)
    assert "nobody was told" in heard[0]


def test_without_a_command_the_failure_goes_on_as_it_is(heard):
    with pytest.raises(ValueError, match="locked"):
        fail(settings(), heard)
    assert heard == []
