# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who is told of what, in which words, and that no token is ever said aloud."""

import http.server
import json
import threading
import time
from collections.abc import Iterator
from email import message_from_string
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import config, config_files
from ansible_collections.photosync.vps.plugins.module_utils.notify import notifications, send
from ansible_collections.photosync.vps.plugins.module_utils.notify.notifications import News
from ansible_collections.photosync.vps.plugins.modules import backup_settings

GIVEN = {"repository": "/r", "password_file": "/p", "host": "web1"}
NEWS = News("photo-sync", "web1", "backup", "failure", 'no "space"\nleft', "20261123T030000Z-3f9a")


def one(**given: Any) -> notifications.Notification:
    (found,) = notifications.parse([given], [])
    return found


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "pigeon"}, "notification 1: kind has to be one of command, webhook, mail, not 'pigeon'"),
        ({"kind": "webhook"}, "notification 1 (webhook): url must be set for a webhook"),
        ({"kind": "mail", "name": "ops"}, "notification ops: to must be set for a mail"),
        ({"kind": "command", "command": []}, "command must be set"),
        ({"kind": "command", "command": ["x"], "events": ["disaster"]}, "events has to be some of start, success"),
        ({"kind": "command", "command": ["x"], "events": []}, "events has to be some of"),
        ({"kind": "command", "command": ["x"], "operations": ["restore"]}, "operations has to be some of backup"),
        ({"kind": "command", "command": ["x"], "timeout": 601}, "timeout has to be 1 to 600"),
        ({"kind": "command", "command": ["x"], "after": 3}, "unknown after; known: body, command"),
        ({"kind": "webhook", "url": "file:///etc/hunter2"}, "begins with https:// or http://"),
        ({"kind": "webhook", "url": "https://hunter2.example.org/a b"}, "begins with https:// or http://"),
    ],
)
def test_one_that_could_not_be_sent_is_refused_at_once_without_saying_its_address(
    given: dict[str, Any], said: str
) -> None:
    with pytest.raises(config.PointError) as caught:
        config.from_dict({**GIVEN, "notifications": [given]})
    assert said in str(caught.value)
    assert "hunter" not in str(caught.value)


@pytest.mark.parametrize(
    ("events", "failed", "told"),
    [
        (None, ["failure"], "failure"),
        (None, ["success"], None),
        (None, ["recovery", "success"], "recovery"),
        (["success"], ["recovery", "success"], "success"),
        (["success", "recovery"], ["recovery", "success"], "recovery"),
        (["start"], ["start"], "start"),
        (["start"], ["failure"], None),
    ],
)
def test_each_is_told_once_of_what_it_wants_to_hear(
    events: list[str] | None, failed: list[str], told: str | None
) -> None:
    assert notifications.event_for(one(kind="command", command=["x"], events=events), "backup", failed) == told


def test_a_ping_for_the_backup_does_not_hear_of_the_check() -> None:
    ping = one(kind="webhook", url="https://hc.example.org/1", events=["success"], operations=["backup"])
    heard = [notifications.event_for(ping, operation, ["success"]) for operation in ("check", "backup")]
    assert heard == [None, "success"]


def test_the_command_of_former_settings_still_hears_of_failures() -> None:
    (found,) = config.from_dict({**GIVEN, "on_failure": ["mail", "root"]}).notifications
    assert (found.kind, found.events, found.command) == ("command", ("failure",), ("mail", "root"))


def test_what_is_sent_as_json_stays_json_whatever_is_in_the_message() -> None:
    body = {"text": "*{title}*\n{message}", "n": 1, "l": ["{x}"]}
    headers, sent = send.request(one(kind="webhook", url="https://x.example.org/", body=body), NEWS)
    assert headers == {"Content-Type": "application/json"}
    assert json.loads(sent or b"") == {**body, "text": '*photo-sync on web1: backup failed*\nno "space"\nleft'}


def test_a_header_stays_one_line_and_a_get_has_no_body() -> None:
    ntfy = one(kind="webhook", url="https://x.example.org/", headers={"Title": "{title}: {message} ü", "Priority": 5})
    headers, body = send.request(ntfy, NEWS)
    assert headers["Title"] == 'photo-sync on web1: backup failed: no "space" left ?'
    assert headers["Priority"] == "5"
    assert body == b'photo-sync on web1: backup failed\nno "space"\nleft'
    assert send.request(one(kind="webhook", url="https://x.example.org/", method="get"), NEWS) == ({}, None)


def test_no_diff_shows_where_a_webhook_leads_or_what_it_carries() -> None:
    hook = {
        "kind": "webhook",
        "name": "chat",
        "url": "https://hunter2/",
        "headers": {"A": "hunter3"},
        "body": "hunter4",
    }
    files = config_files.files("photo-sync", {**GIVEN, "repository_password": "hunter5", "notifications": [hook]})
    written = next(file for file in files if file.path.endswith("backup.json"))
    assert written.mode == 0o600
    assert json.loads(written.content)["notifications"][0]["url"] == "https://hunter2/"
    assert "hunter" not in written.shown
    assert '"chat"' in written.shown


def test_ansible_hides_all_of_it_and_not_every_word_in_it_wherever_it_stands() -> None:
    """A priority of 5 in a header would else blot out every 5 in what the module answers."""
    given = backup_settings.ARGUMENTS["settings"]
    assert (given["no_log"], given["type"]) == (True, "json")


class Handler(http.server.BaseHTTPRequestHandler):
    """Writes down what is posted; /slow keeps one waiting, /elsewhere sends one on, /broken fails."""

    heard: list[tuple[str, dict[str, str], str]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        path = self.path.partition("?")[0]
        self.heard.append((path, dict(self.headers), body))
        if path == "/slow":
            time.sleep(3)
        self.send_response({"/broken": 500, "/elsewhere": 302}.get(path, 200))
        self.send_header("Location", "/somewhere")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_words: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a server of our own."""
    Handler.heard = []
    found = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=found.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{found.server_port}"
    found.shutdown()
    found.server_close()


def told(*given: notifications.Notification) -> list[str]:
    said: list[str] = []
    send.tell_all([(each, NEWS) for each in given], said.append)
    return said


def test_a_webhook_gets_method_headers_and_body(server: str) -> None:
    hook = one(kind="webhook", url=f"{server}/chat?token=1", method="PUT", headers={"Authorization": "Bearer hunter2"})
    assert told(one(kind="webhook", url=f"{server}/chat", headers={"Authorization": "Bearer hunter2"})) == []
    ((path, headers, body),) = Handler.heard
    assert (path, headers["Authorization"], body.splitlines()[0]) == ("/chat", "Bearer hunter2", NEWS.title)
    assert told(hook) == ["notification 1 (webhook): the server answered 501"]


def test_one_that_fails_is_noted_without_its_address_and_keeps_no_other_waiting(server: str) -> None:
    token = {"Authorization": "Bearer hunter2"}
    begun = time.monotonic()
    said = told(
        one(kind="webhook", name="slow", url=f"{server}/slow", headers=token, timeout=1),
        one(kind="webhook", name="broken", url=f"{server}/broken?hunter3", headers=token),
        one(kind="webhook", name="sent on", url=f"{server}/elsewhere", headers=token),
        one(kind="webhook", name="nowhere", url="http://127.0.0.1:9/hunter4"),
        one(kind="webhook", name="odd", url="http://127.0.0.1:hunter5/", headers=token),
        one(kind="webhook", name="good", url=f"{server}/good"),
    )
    assert time.monotonic() - begun < 2.5
    assert [line.partition(":")[0] for line in said] == [
        f"notification {name}" for name in ("slow", "broken", "sent on", "nowhere", "odd")
    ]
    assert "hunter" not in str(said)
    paths = [path for path, _headers, _body in Handler.heard]
    assert "/good" in paths
    assert "/somewhere" not in paths, "a token was carried on to another address"


def test_a_mail_goes_to_sendmail_with_its_addresses_in_its_head(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "sendmail"
    program.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/argv; cat >{tmp_path}/mail\n')
    program.chmod(0o755)
    monkeypatch.setattr(send, "SENDMAIL_PLACES", str(tmp_path))
    assert told(one(kind="mail", to=["ops@my-family.net", "me@my-family.net"], **{"from": "vps@my-family.net"})) == []
    mail = message_from_string((tmp_path / "mail").read_text())
    assert mail["To"] == "ops@my-family.net, me@my-family.net"
    assert (mail["From"], mail["Subject"]) == ("vps@my-family.net", NEWS.title)
    assert mail.get_payload() == 'no "space"\nleft\n'
    assert (tmp_path / "argv").read_text() == "-t -i\n"


def test_a_host_that_cannot_send_mail_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send, "SENDMAIL_PLACES", str(tmp_path))
    (said,) = told(one(kind="mail", to=["ops@my-family.net"]))
    assert "no sendmail: install a mail transfer agent" in said


@pytest.mark.parametrize("command", [["false"], ["/no/such/command"], ["sleep", "60"]])
def test_a_command_that_fails_or_hangs_hides_nothing(command: list[str]) -> None:
    assert len(told(one(kind="command", command=command, timeout=1))) == 1
