# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A point that the first version of this collection made is restored by the present one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from integration.guards.throwaway import FILES as THERE
from integration.schemas.first_version import FILES, FOLDER, MANIFEST, ROWS, machine

pytestmark = pytest.mark.full

PHASES = ("plan", "verify", "stop", "files", "databases", "prove")


def test_a_point_of_the_first_version_is_restored_and_proved_by_the_present_one() -> None:
    with machine() as host:
        host.send({"repo": FOLDER})
        host.sh("chown -R root:root /root/repo")
        restored_and_proved(host)


def restored_and_proved(bare: Any) -> None:
    """Restore the point on a host that holds nothing, and look at what is there then."""
    kept = json.loads(MANIFEST.read_text(encoding="utf-8"))
    assert [point["id"] for point in bare.do("list") if point["complete"]] == [kept["id"]]
    proof = [bare.do("restore", phase, "latest") for phase in PHASES][-1]["results"]["prove"]
    assert proof["differences"] == []
    tables = sum(len(found) for found in ROWS.values())
    rows = sum(sum(found.values()) for found in ROWS.values())
    assert (proof["compared"]["tables"], proof["compared"]["rows"]) == (tables, rows)
    assert (proof["compared"]["files"], proof["compared"]["bytes"]) == (len(FILES), sum(map(len, FILES.values())))
    for path, text in FILES.items():
        assert bare.sh(f"cat {THERE}{path}") == text.decode()
    assert bare.sh(f"stat -c '%u:%g %a' {THERE}/upload/1/2.jpg").strip() == "1234:4321 640"
    nearest = "SELECT path FROM asset ORDER BY embedding <=> '[3, 0.5, -3]' LIMIT 1"
    assert bare.sql("immich-postgres", "immich", nearest).strip() == "/upload/1/3.jpg"
    assert (
        bare.sql("custom-postgres", "deduplication", "SELECT hash FROM hashes ORDER BY id LIMIT 1").strip()
        == "d41d8cd9"
    )
