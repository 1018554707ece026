# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A dump on its way through two commands."""

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.common.pipes import pipe
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed


def test_what_one_prints_the_other_reads() -> None:
    pipe(["printf", "%s", "$x"], ["sh", "-c", 'test "$(cat)" = "\\$x"'])


@pytest.mark.parametrize(
    ("producer", "consumer", "said"),
    [
        (["sh", "-c", "echo some; exit 4"], ["cat"], "exit code 4"),
        (["yes"], ["sh", "-c", "echo disk full >&2; exit 5"], "exit code 5\ndisk full"),
        (["sh", "-c", "cat /dev/zero; exit 4"], ["sh", "-c", "head -c 10 >/dev/null; exit 5"], "exit code 5"),
        (["no-such-command"], ["cat"], "No such file"),
        (["yes"], ["no-such-command"], "No such file"),
    ],
)
def test_the_failure_of_either_end_is_a_failure_and_the_cause_is_told(
    producer: list[str], consumer: list[str], said: str
) -> None:
    with pytest.raises(CommandFailed) as caught:
        pipe(producer, consumer)
    assert said in str(caught.value)


def test_secrets_in_the_environment_reach_the_first_command_alone() -> None:
    pipe(
        ["sh", "-c", 'test "$SECRET" = x && echo ok'], ["sh", "-c", 'test -z "$SECRET" && grep -q ok'], {"SECRET": "x"}
    )
