# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Containers of a real engine, made of a static busybox; all of them are removed afterwards."""

import io
import subprocess
import tarfile
import uuid
from collections.abc import Iterator

import pytest

IMAGE = "photosync-test/busybox:1"
BUSYBOX = "/bin/busybox"
APPLETS = ("sh", "sleep", "test", "touch", "rm", "cat", "echo", "true", "false", "seq", "date")


def docker(*arguments: str, stdin: bytes | None = None) -> str:
    """Run one docker command and return what it prints."""
    return (
        subprocess.run(
            ["docker", *arguments], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True
        )
        .stdout.decode()
        .strip()
    )


@pytest.fixture(scope="session")
def image() -> str:
    """An image with busybox and nothing else."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for folder in ("bin", "tmp"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o777
            tar.addfile(entry)
        tar.add(BUSYBOX, "bin/busybox")
        for applet in APPLETS:
            link = tarfile.TarInfo("bin/" + applet)
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    docker("import", "--change", "LABEL photosync.test=1", "-", IMAGE, stdin=archive.getvalue())
    return IMAGE


class Yard:
    """Starts containers that end with the test."""

    docker = staticmethod(docker)

    def __init__(self, image: str):
        self.image = image
        self.mark = uuid.uuid4().hex[:12]
        self.project = "health-" + self.mark

    def run(self, *options: str, command: str = "sleep 1000", service: str = "", needs: str = "") -> str:
        """Start a container whose process is ``command``, as one of a Compose project when it has a service's name."""
        name = f"health-{self.mark}-{uuid.uuid4().hex[:6]}"
        labels = {"photosync.test": "1", "photosync.test.mark": self.mark}
        if service:
            labels["com.docker.compose.project"] = self.project
            labels["com.docker.compose.service"] = service
            labels["com.docker.compose.depends_on"] = needs
        marks = [word for key, value in labels.items() for word in ("--label", f"{key}={value}")]
        own = ["--detach", "--name", name, "--stop-timeout", "1", *marks]
        docker("run", *own, *options, self.image, "sh", "-c", command)
        return name

    def clear(self) -> None:
        """Remove them all."""
        left = docker("ps", "--all", "--quiet", "--filter", "label=photosync.test.mark=" + self.mark).split()
        if left:
            docker("rm", "--force", "--volumes", *left)


@pytest.fixture
def yard(image: str) -> Iterator[Yard]:
    """A place for containers."""
    made = Yard(image)
    yield made
    made.clear()
