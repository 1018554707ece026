# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Send notifications. One that fails is told of and never fails what it was about; none takes longer than it may."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Sequence
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.notify import notifications
from ansible_collections.photosync.vps.plugins.module_utils.notify.notifications import News, Notification

SENDMAIL_PLACES = "/usr/sbin:/usr/lib:/usr/bin:/sbin"


class Unsent(Exception):
    """A notification did not get through; the message holds neither its address nor its headers."""


def tell_all(told: Sequence[tuple[Notification, News]], progress: Progress) -> None:
    """Send them side by side and wait for each as long as it may take."""
    senders = [(one, _Sender(one, news)) for one, news in told]
    for _one, sender in senders:
        sender.start()
    for one, sender in senders:
        sender.join(one.timeout)
        if sender.is_alive():
            progress(f"notification {one.name}: no end within {one.timeout} s")
        elif sender.failure is not None:
            progress(f"notification {one.name}: {sender.failure}")


class _Sender(threading.Thread):
    """One that is being sent; a daemon, so that whatever hangs ends with the command."""

    def __init__(self, notification: Notification, news: News):
        super().__init__(daemon=True)
        self.failure: Optional[str] = None
        self._notification = notification
        self._news = news

    def run(self) -> None:
        try:
            SENDERS[self._notification.kind](self._notification, self._news)
        except Unsent as error:
            self.failure = str(error)
        except Exception as error:
            # Its words may hold the address or a header, which are secrets.
            self.failure = f"it could not be sent ({type(error).__name__})"


def _command(notification: Notification, news: News) -> None:
    words = {f"PHOTOSYNC_{name.upper()}": value for name, value in news.words().items() if name != "message"}
    done = run(notification.command, stdin=f"{news.message}\n", env=words, timeout=notification.timeout, check=False)
    if done.rc != 0:
        raise Unsent(f"{notification.command[0]} ended with exit code {done.rc}: {done.stderr.strip()[-500:]}")


def _mail(notification: Notification, news: News) -> None:
    from email.message import EmailMessage

    program = shutil.which("sendmail", path=SENDMAIL_PLACES)
    if program is None:
        raise Unsent("this host has no sendmail: install a mail transfer agent, such as msmtp-mta or postfix")
    mail = EmailMessage()
    mail["To"], mail["Subject"] = ", ".join(notification.to), news.title
    if notification.sender:
        mail["From"] = notification.sender
    mail.set_content(f"{news.message}\n")
    done = run([program, "-t", "-i"], stdin=mail.as_string(), timeout=notification.timeout, check=False)
    if done.rc != 0:
        raise Unsent(f"sendmail ended with exit code {done.rc}: {done.stderr.strip()[-500:]}")


def request(notification: Notification, news: News) -> tuple[dict[str, str], Optional[bytes]]:
    """Headers and body of a webhook: a text, or JSON where the template is a dictionary or a list."""
    words = news.words()
    headers = {name: _one_line(notifications.filled(text, words)) for name, text in notification.headers.items()}
    if notification.method in ("GET", "HEAD"):
        return headers, None
    template: Any = "{title}\n{message}" if notification.body is None else notification.body
    kind, body = "text/plain; charset=utf-8", notifications.filled_all(template, words)
    if not isinstance(body, str):
        kind, body = "application/json", json.dumps(body)
    known = {name.lower() for name in headers}
    return headers if "content-type" in known else {**headers, "Content-Type": kind}, body.encode()


def _one_line(text: str) -> str:
    return " ".join(text.split()).encode("ascii", "replace").decode()


def _webhook(notification: Notification, news: News) -> None:
    # Half of the host command's answers need none of this.
    import urllib.error
    import urllib.request

    class Nowhere(urllib.request.HTTPRedirectHandler):
        """Follow nobody: whoever is sent on would take headers with tokens to another server."""

        def redirect_request(self, *_arguments: Any) -> None:
            return None

    headers, body = request(notification, news)
    asked = urllib.request.Request(notification.url, body, headers, method=notification.method)
    try:
        with urllib.request.build_opener(Nowhere).open(asked, timeout=notification.timeout):
            return
    except urllib.error.HTTPError as error:
        raise Unsent(f"the server answered {error.code}") from error
    except urllib.error.URLError as error:
        raise Unsent(f"the server cannot be reached: {error.reason}") from error


SENDERS = {notifications.COMMAND: _command, notifications.WEBHOOK: _webhook, notifications.MAIL: _mail}
