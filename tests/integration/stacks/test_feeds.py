# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A feed reader that an inventory alone describes, the one in docs/catalogue.md: deployed, used, lost and restored."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from integration.stacks import mirror
from integration.stacks.documented import FEEDS, feeds
from integration.stacks.site import Site
from support.throwaway import Machine, machine

pytestmark = pytest.mark.full

DOCUMENTED = feeds()
READER = ("ada", "a-password-of-adas-own")
# Where a throwaway machine is not the one of the inventory: its own authority, Debian's Docker, a mirror, a disk.
MACHINE: dict[str, Any] = {
    "stack_tls": "internal",
    "docker_source": "distribution",
    "docker_daemon_options": mirror.DAEMON_OPTIONS,
    "backup_repository": "/mnt/backup/feeds",
    "backup_accept_local_only": True,
    "backup_key_escrowed": True,
}
FEED = """<?xml version="1.0"?>
<rss version="2.0"><channel><title>Recordings</title><link>https://feeds.my-family.net/podcasts/</link>{items}
</channel></rss>"""
ITEM = """
<item><title>Talk {number}</title><guid>talk-{number}</guid><description>What was said, {number}</description>
<pubDate>Mon, 0{number} Jun 2026 10:00:00 GMT</pubDate>
<enclosure url="http://podcasts/podcasts/{number}.mp3" length="65536" type="audio/mpeg"/></item>"""
TALKS = range(1, 6)
PODCASTS = "/var/lib/docker/volumes/feeds_podcasts/_data"
# As the documents say; then an owner and a mode of their own, which a backup has to keep.
COPY = f"""
set -e
mkdir -p /root/recordings/old
cat >/root/recordings/feed.xml <<'END'
{FEED.format(items="".join(ITEM.format(number=number) for number in TALKS))}
END
for number in $(seq 1 {len(TALKS)}); do head -c 65536 /dev/urandom >/root/recordings/$number.mp3; done
cp /root/recordings/1.mp3 /root/recordings/old/
cd /opt/feeds/current
docker compose cp /root/recordings/. podcasts:/usr/share/nginx/html/podcasts/ 2>&1
chown 1234:4321 {PODCASTS}/1.mp3
chmod 0644 {PODCASTS}/1.mp3
chmod 0750 {PODCASTS}/old
rm -r /root/recordings
"""
FILES = f"""
cd {PODCASTS}
stat --format '%A %u:%g' .
find . -mindepth 1 -printf '%p %y %m %U:%G %s %T@\\n' | sort
find . -type f | sort | xargs sha256sum
"""
ROWS = """
docker exec feeds-database-1 pg_dump --username postgres --data-only --inserts --rows-per-insert 1 \
    --table entries --table feeds --table enclosures --table categories --table icons miniflux |
    grep '^INSERT' | sort
"""


@dataclass
class Deployed:
    """The stack on one machine."""

    vps: Machine
    life: ExitStack
    said: str

    @property
    def site(self) -> Site:
        return Site(self.vps, "feeds", DOCUMENTED["stack_domain"])

    def seen(self) -> dict[str, Any]:
        """What the reader shows to its users, rows of the database and files of the volume."""
        site = self.site
        users = site.ask("/v1/users", login=("admin", SECRETS["reader_password"]))
        return {
            "users": [{key: value for key, value in user.items() if key != "last_login_at"} for user in users],
            "feeds": site.ask("/v1/feeds", login=READER),
            "entries": site.ask("/v1/entries?order=id", login=READER),
            "recordings": [sha256(site.ask(f"/podcasts/{number}.mp3")).hexdigest() for number in TALKS],
            "files": self.vps.sh(FILES).splitlines(),
            "rows": self.vps.sh(ROWS).splitlines(),
        }

    def destroy(self) -> None:
        """As when the provider loses the machine."""
        self.life.close()


SECRETS = {
    name: secrets.token_hex(16) for name in ("database_password", "reader_password", "backup_repository_password")
}


def deploy(playbook: str, disk: Path) -> Deployed:
    """A bare machine, and one playbook with the documented inventory."""
    life = ExitStack()
    vps = life.enter_context(machine("stacks-feeds", {}, "--disk", str(disk), inventories=(FEEDS,), bare=True))
    try:
        done = vps.play(playbook, {**MACHINE, "stack_secrets": SECRETS})
        assert done.rc == 0, done.output
    except BaseException:
        life.close()
        raise
    return Deployed(vps, life, done.output)


@pytest.fixture(scope="session")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A disk that outlives the machine."""
    mirror.hold(entry["image"] for entry in DOCUMENTED["catalogue_services"])
    return tmp_path_factory.mktemp("feeds")


@pytest.fixture(scope="session")
def first(disk: Path) -> Iterator[Deployed]:
    """The feed reader, new and empty."""
    deployed = deploy("site", disk)
    yield deployed
    deployed.destroy()


@pytest.fixture(scope="session")
def used(first: Deployed) -> dict[str, Any]:
    """What it holds after use: recordings, a user, a subscription, something read, something starred."""
    first.vps.sh(COPY)
    site = first.site
    admin = ("admin", SECRETS["reader_password"])
    site.ask("/v1/users", {"username": READER[0], "password": READER[1], "is_admin": False}, admin)
    category = site.ask("/v1/categories", login=READER)[0]["id"]
    address = "http://podcasts/podcasts/feed.xml"
    site.ask("/v1/feeds", {"feed_url": address, "category_id": category}, READER)
    entries = site.ask("/v1/entries?order=id", login=READER)["entries"]
    site.ask("/v1/entries", {"entry_ids": [entries[0]["id"]], "status": "read"}, READER, "PUT")
    site.ask(f"/v1/entries/{entries[1]['id']}/bookmark", None, READER, "PUT")
    return first.seen()


@pytest.fixture(scope="session")
def restored(first: Deployed, used: dict[str, Any], disk: Path) -> Iterator[Deployed]:
    """Backed up, its machine destroyed, and restored onto a new one."""
    made = first.vps.play("backup", {**MACHINE, "stack_secrets": SECRETS})
    assert made.rc == 0, made.output
    first.destroy()
    deployed = deploy("restore", disk)
    yield deployed
    deployed.destroy()


@pytest.fixture(scope="session")
def now(restored: Deployed) -> dict[str, Any]:
    """What the new machine holds."""
    return restored.seen()


def test_what_the_documents_name_runs_on_the_machine_and_nothing_else(first):
    runs = dict(line.split() for line in first.vps.sh("docker ps --format '{{.Names}} {{.Image}}'").splitlines())
    assert {name: image.removeprefix("docker.io/").removeprefix("library/") for name, image in runs.items()} == {
        f"feeds-{entry['name']}-1": entry["image"].removeprefix("docker.io/").removeprefix("library/")
        for entry in DOCUMENTED["catalogue_services"]
    }
    assert "photo-sync" not in first.vps.sh("ls /opt /etc /usr/local/bin /var/lib; docker volume ls; docker network ls")


def test_it_serves_over_https_and_its_own_command_finds_it_healthy(first):
    assert b"Miniflux" in first.site.ask("/")
    told = first.vps.sh("feeds health")
    assert "reader from outside" in told and "UNHEALTHY" not in told


def test_it_is_used_as_a_feed_reader_and_keeps_its_state_in_database_and_volume(used):
    assert {user["username"] for user in used["users"]} == {"admin", READER[0]}
    assert [feed["title"] for feed in used["feeds"]] == ["Recordings"]
    entries = used["entries"]["entries"]
    assert sorted(entry["title"] for entry in entries) == [f"Talk {number}" for number in TALKS]
    assert (
        [entry["status"] for entry in entries].count("read"),
        [entry["starred"] for entry in entries].count(True),
    ) == (1, 1)
    assert len(used["rows"]) > 2 * len(TALKS)
    assert len(set(used["recordings"])) == len(TALKS)


@pytest.mark.parametrize("what", ["users", "feeds", "entries", "recordings", "files", "rows"])
def test_on_a_new_machine_everything_is_as_it_was(used, now, what):
    assert used[what] and now[what] == used[what]


def test_the_restore_itself_has_compared_every_row_and_every_file(restored):
    assert "compared and found the same" in restored.said
    assert "in 1 databases" in restored.said and "in 2 volumes" in restored.said


def test_the_restored_reader_goes_on_and_finds_a_new_recording(restored):
    vps, site = restored.vps, restored.site
    vps.sh(f"sed -i 's/<title>Talk 5/<title>Talk 6/; s/talk-5/talk-6/' {PODCASTS}/feed.xml")
    feed = site.ask("/v1/feeds", login=READER)[0]
    site.ask(f"/v1/feeds/{feed['id']}/refresh", None, READER, "PUT")
    titles = {entry["title"] for entry in site.ask("/v1/entries", login=READER)["entries"]}
    assert {"Talk 5", "Talk 6"} <= titles


def test_after_a_restore_the_playbook_site_finds_nothing_to_do(restored):
    done = restored.vps.play("site", {**MACHINE, "stack_secrets": SECRETS})
    assert (done.rc, done.changed) == (0, 0), done.output
