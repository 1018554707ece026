"""Restoring with the host command: it looks first, keeps what is there, touches only what it must, and proves it."""

from __future__ import annotations

import re

import pytest
from integration.restore.library import CONFIRM, PHOTOS, Library

# Over the network the server asks for a password, which has to be the release's own.
OVER_THE_NETWORK = (
    "docker exec small-database-1 sh -c"
    " 'PGPASSWORD=$POSTGRES_PASSWORD psql -h $(hostname) -U postgres -qAtc \"SELECT 1\"'"
)

pytestmark = pytest.mark.full
# A server whose tools are broken, and mended again.
HIDE = "docker exec small-database-1 sh -c 'cd $(dirname $(which psql)) && mv pg_restore hidden'"
SHOW = "docker exec small-database-1 sh -c 'cd $(dirname $(which psql)) && mv hidden pg_restore'"
TREE = "find /var/lib/small /opt/small /etc/small -type f ! -name points.lock -exec sha256sum {} + | sort"


def test_without_a_confirmation_it_says_what_would_be_replaced_by_what_and_changes_nothing(library: Library) -> None:
    point = library.back_up()
    library.sql("DELETE FROM album WHERE id > 50")
    library.sh(f"rm {PHOTOS}/2026/1.jpg")
    before = library.containers(), library.photos(), library.rows(), library.sh(TREE)
    said = library.restore("latest --dry-run")
    assert f"restore point {point}" in said
    assert "0 minutes old" in said
    assert re.search(r"database database/albums +1 tables, .* on disk +1 tables, 200 rows, ", said)
    assert re.search(r"volume photos +5 files, .* 6 files, 1\.1 MiB", said)
    assert "expected duration: " in said
    assert "--confirm small@restore" in library.restore("latest; test $? = 1")
    assert (library.containers(), library.photos(), library.rows(), library.sh(TREE)) == before


def test_what_was_there_is_kept_as_a_point_that_is_named_and_brings_it_back(library: Library) -> None:
    library.back_up()
    wanted = library.photos(), library.rows()
    library.sql("DELETE FROM album WHERE id > 50")
    library.sh(f"rm {PHOTOS}/2026/1.jpg; echo later >{PHOTOS}/later.jpg")
    library.sql("ALTER ROLE postgres PASSWORD 'not the one of the vault'")
    spoilt = library.photos(), library.rows()
    said = library.restore(f"latest {CONFIRM}")
    assert (library.photos(), library.rows()) == wanted
    assert library.serves()
    assert library.sh(OVER_THE_NETWORK).strip() == "1"
    kept = re.search(r"what was here before is kept as (\S+)", said)
    assert kept, said
    assert f"restore point {kept[1]}" not in library.restore("latest --dry-run")
    assert re.search(r"expected duration: the restore of .* took \d+ s", library.restore("latest --dry-run"))
    library.restore(f"{kept[1]} {CONFIRM} --safety none")
    assert (library.photos(), library.rows()) == spoilt


def test_a_time_means_the_latest_point_that_is_not_younger(library: Library) -> None:
    older = library.back_up()
    asked = library.answer("points")[-1]["time"][:19].replace("T", " ")
    younger = library.back_up()
    said = library.restore(f"'{asked}' --dry-run")
    assert f"restore point {older} of" in said
    assert f"not younger than {asked}" in said
    assert younger not in said
    assert "no restore point is as old as" in library.restore("2001-01-01 --dry-run", check=False)


def test_one_service_is_restored_while_the_others_go_on(library: Library) -> None:
    library.back_up()
    wanted = library.photos(), library.rows()
    library.sql("DELETE FROM album")
    library.sh(f"rm -r {PHOTOS}/2026")
    before = {name: library.started(name) for name in ("caddy", "bystander", "database", "web")}
    containers = library.containers()
    library.restore(f"latest --only web {CONFIRM}")
    assert (library.photos(), library.rows()) == wanted
    assert library.containers() == containers
    after = {name: library.started(name) for name in before}
    assert [name for name in before if before[name] != after[name]] == ["web"]
    assert library.back_up()


def test_a_part_that_does_not_exist_is_named_with_those_that_do(library: Library) -> None:
    said = library.restore("latest --only databases,photographs", check=False)
    assert "photographs is neither a part nor a service" in said
    assert "certificates" in said and "bystander" in said
    assert "holds nothing of bystander" in library.restore("latest --only bystander", check=False)


def test_where_no_point_can_be_made_a_cold_copy_is_and_it_brings_everything_back(library: Library) -> None:
    library.back_up()
    wanted = library.photos(), library.rows()
    library.sql("DELETE FROM album WHERE id > 50")
    library.sh(f"rm {PHOTOS}/2026/1.jpg")
    spoilt = library.photos(), library.rows()
    library.sh("docker stop small-database-1")
    said = library.restore(f"latest {CONFIRM}")
    assert "a cold copy is made instead" in said
    assert (library.photos(), library.rows()) == wanted
    kept = re.search(r"what was here before is kept as (cold-\S+)", said)
    assert kept, said
    assert "--confirm small@restore" in library.restore(kept[1], check=False)
    library.restore(f"{kept[1]} {CONFIRM}")
    assert (library.photos(), library.rows()) == spoilt
    assert library.serves()


def test_a_restore_that_fails_says_what_brings_the_state_before_it_back(library: Library) -> None:
    library.back_up()
    library.sql("DELETE FROM album WHERE id > 50")
    spoilt = library.photos(), library.rows()
    library.sh(HIDE)
    said = library.restore(f"latest {CONFIRM}", check=False)
    assert "database database/albums could not be restored" in said
    back = re.search(r"to go back to what was here before .*: small restore (.*)", said)
    assert back, said
    assert "has not ended well yet" in library.sh("small backup", check=False)
    library.sh(SHOW)
    library.restore(back[1])
    assert (library.photos(), library.rows()) == spoilt
    assert library.back_up()
