# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which hosts a playbook takes is a setting of every one of them, with one default."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

PLAYBOOKS = Path(__file__).resolve().parents[3] / "playbooks"
# Works on the controller.
LOCAL = "secrets"
INVENTORY = "[photosync]\nphotos\n[web]\nweb1\nweb2\n"


def test_every_playbook_takes_the_same_hosts() -> None:
    said = {
        play["hosts"]
        for file in PLAYBOOKS.glob("*.yml")
        for play in yaml.safe_load(file.read_text(encoding="utf-8"))
        if file.stem != LOCAL
    }
    assert said == {"{{ photosync_hosts | default('photosync') }}"}


@pytest.mark.parametrize(
    ("options", "hosts"),
    [
        ([], {"photos"}),
        (["-e", "photosync_hosts=web"], {"web1", "web2"}),
        (["-e", "photosync_hosts=web:!web2"], {"web1"}),
    ],
    ids=["usual", "group", "pattern"],
)
def test_another_group_is_named_on_the_command_line(options: list[str], hosts: set[str], tmp_path: Path) -> None:
    (tmp_path / "hosts.ini").write_text(INVENTORY)
    playbook = Path(sys.executable).parent / "ansible-playbook"
    done = subprocess.run(
        [playbook, "-i", tmp_path / "hosts.ini", "--list-hosts", *options, PLAYBOOKS / "health.yml"],
        capture_output=True,
        text=True,
        check=True,
        cwd=PLAYBOOKS.parent,
    )
    listed = done.stdout.partition("hosts (")[2].partition(":\n")[2].split()
    assert set(listed) == hosts
