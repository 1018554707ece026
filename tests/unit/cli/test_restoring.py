# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the host command says of a restore: in its own words, and as many as there are."""

import argparse
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.cli import restore as cli
from ansible_collections.photosync.vps.plugins.module_utils.restore import preconditions
from support.specs import make_spec

POINT = "20261123T030000Z-3f9a"
ASKED = argparse.Namespace(json=False)


@pytest.mark.parametrize("confirm", [None, "photo-sync@elsewhere"])
def test_what_has_to_be_said_is_named_as_it_is_typed(monkeypatch: pytest.MonkeyPatch, confirm: str | None) -> None:
    def refused(*_given: Any) -> int:
        raise PointError(str(preconditions.refusal(["volume a: files"], make_spec("photo-sync"), "web1", confirm)))

    monkeypatch.setattr(cli, "_restore", refused)
    with pytest.raises(PointError, match="To replace it say --confirm photo-sync@web1$") as error:
        cli.restore("photo-sync", ASKED)
    assert "restore_confirm" not in str(error.value)


@pytest.mark.parametrize(("accepted", "said"), [({}, " and proved"), ({"digest": "3f6c1d20a8be"}, "")])
def test_what_was_accepted_is_restored_and_not_proved(
    capsys: pytest.CaptureFixture[str], accepted: dict[str, Any], said: str
) -> None:
    done = {"point": POINT, "accepted": accepted, "report": ["it serves", "https://photos.example.org"]}
    assert cli._answer(ASKED, done) == 0
    told = f"{POINT} is restored{said}\nit serves\nhttps://photos.example.org\n"
    assert capsys.readouterr().out == told


def test_going_back_names_the_restore_that_is_abandoned_and_never_the_point_that_came_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    kept = "20261124T030000Z-aaaa"
    for point, said in ((POINT, f"the restore of {POINT} is abandoned"), (kept, "the restore is abandoned")):
        cli._gone_back(ASKED, {"point": point, "back": f"the restore point {kept}", "started": []})
        assert capsys.readouterr().out.startswith(said)
