# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sheet's own commands read the manifest with jq, which a machine that is prepared for tests has."""

import json
import subprocess
from pathlib import Path

from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import by_hand
from support.specs import make_spec

SPEC = make_spec("photo-sync", databases=[{"service": "custom-postgres", "engine": "postgresql", "user": "postgres"}])


def test_every_database_of_the_points_manifest_is_called_whatever_the_sheet_knew(tmp_path: Path) -> None:
    databases = [
        {"service": "custom-postgres", "database": "it's = odd"},
        {"service": "new-postgres", "database": "made-since"},
        {"service": "store", "database": "of-another-engine", "engine": "another"},
    ]
    manifest = {"databases": databases, "roles": [{"service": "new-postgres", "user": "admin"}]}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    asked = by_hand.called("databases", "load"), by_hand.called("roles", "load", "sql")
    calling = by_hand.calling(SPEC.databases, SPEC.stack)
    script = "\n".join([calling, 'load() { printf "%s|" "$@"; echo; }', *asked, "rm manifest.json"])
    done = subprocess.run(["bash", "-euc", script], cwd=tmp_path, stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.splitlines() == [
        r"photo-sync-custom-postgres-1|postgres|it's = odd|custom-postgres|dbname='it\'s = odd'|",
        "photo-sync-new-postgres-1|admin|made-since|new-postgres|dbname='made-since'|",
        "photo-sync-new-postgres-1|admin|sql|new-postgres|dbname='sql'|",
    ]
    again = subprocess.run(["bash", "-euc", script], cwd=tmp_path, capture_output=True, check=False)
    assert again.returncode == 1, "without a manifest it goes on as if there were nothing to do"
