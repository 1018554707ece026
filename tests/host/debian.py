# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Debian that every image of the test world starts from: packages from the mirror that this machine itself uses."""

import shlex
import subprocess
import tempfile
from pathlib import Path

import docker
from docker.errors import ImageNotFound
from docker.models.images import Image
from engine import LABELS, Problem, digest, locked, say

NAME = "photosync/debian"
SUITE = "trixie"
PACKAGES = ["ca-certificates", "curl", "python3"]
# What this machine's administrator trusts on top of Debian's bundle (a company's TLS proxy), trusted by its VPSs too.
EXTRA_CERTIFICATES = Path("/usr/local/share/ca-certificates")
# What images of throwaway machines can do without, in the packages installed later as well.
LEFT_OUT = ["/usr/share/doc", "/usr/share/man", "/usr/share/locale", "/usr/share/info"]
# How apt reaches its mirrors: proxies, and whether an old copy of the archive is good enough.
APT_OPTIONS = {
    "Acquire::http::Proxy",
    "Acquire::https::Proxy",
    "Acquire::Check-Valid-Until",
    "Acquire::Check-Date",
}


def ensure(client: docker.DockerClient, suite: str = SUITE) -> Image:
    """Return the image, made when there is none or when it was made otherwise than it would be now."""
    command = _command(suite)
    name = f"{NAME}:{tag(suite)}"
    content = digest([*command, *(path.read_bytes() for path in _certificates())])
    with locked(f"image-debian-{suite}"):
        try:
            image = client.images.get(name)
            if image.labels.get("photosync.content") == content:
                return image
        except ImageNotFound:
            pass
        say(f"making {name} from Debian packages")
        _make(client, command, content, tag(suite))
        return client.images.get(name)


def tag(suite: str) -> str:
    """Return the tag of images that start from a suite."""
    return "1" if suite == SUITE else suite


def _make(client: docker.DockerClient, command: list[str], content: str, wanted: str) -> None:
    labels = {**LABELS, "photosync.content": content}
    new = f"{wanted}-new"
    changes = [f"LABEL {key}={value}" for key, value in labels.items()]
    with tempfile.TemporaryFile("w+") as errors:
        # In a session of its own: when it fails, mmdebstrap ends its whole process group.
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, start_new_session=True) as process:
            client.api.import_image_from_stream(process.stdout, repository=NAME, tag=new, changes=changes)
        if process.returncode != 0:
            errors.seek(0)
            raise Problem(f"mmdebstrap failed ({process.returncode}):\n{errors.read()[-3000:]}")
    client.images.get(f"{NAME}:{new}").tag(NAME, wanted)
    client.images.remove(f"{NAME}:{new}", noprune=True)


def _command(suite: str) -> list[str]:
    """Return what makes the root file system, as a tar archive on standard output."""
    return [
        "mmdebstrap",
        "--variant=minbase",
        f"--include={','.join(PACKAGES)}",
        # Told to dpkg by a hook: as an option of mmdebstrap it would cost half a second for every package.
        f"--setup-hook={_leave_out()}",
        "--aptopt=Acquire::Languages none",
        *(f"--aptopt={option}" for option in _apt_options()),
        *(f"--customize-hook={hook}" for hook in [_remove_left_out(), *_trust_hooks()]),
        suite,
        "-",
        *_sources(suite),
    ]


def _leave_out() -> str:
    lines = "".join(f"path-exclude={folder}/*\\n" for folder in LEFT_OUT)
    return f'mkdir -p "$1/etc/dpkg/dpkg.cfg.d" && printf "{lines}" >"$1/etc/dpkg/dpkg.cfg.d/left-out"'


def _remove_left_out() -> str:
    return "rm -rf " + " ".join(f'"$1{folder}"/*' for folder in LEFT_OUT)


def _sources(suite: str) -> list[str]:
    """Return apt's source lines for a suite, on the mirrors that this machine's own apt uses for Debian.

    None where it uses no mirror of Debian's (on Ubuntu): mmdebstrap then takes its own.
    """
    found: dict[str, str] = {}
    targets = ["apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages"]
    for line in _said(targets):
        label, _, address = line.partition(" ")
        if label in ("Debian", "Debian-Security"):
            found[label] = address.rstrip("/")
    if len(found) < 2:
        return []
    return [
        f"deb {found['Debian']} {suite} main",
        f"deb {found['Debian']} {suite}-updates main",
        f"deb {found['Debian-Security']} {suite}-security main",
    ]


def _apt_options() -> list[str]:
    return [line for line in _said(["apt-config", "dump"]) if line.partition(" ")[0] in APT_OPTIONS]


def _said(command: list[str]) -> list[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()


def _certificates() -> list[Path]:
    return sorted(EXTRA_CERTIFICATES.glob("*.crt"))


def _trust_hooks() -> list[str]:
    target = '"$1/usr/local/share/ca-certificates/"'
    copies = [f"install -m 644 {shlex.quote(str(path))} {target}" for path in _certificates()]
    return [*copies, 'chroot "$1" update-ca-certificates >&2'] if copies else []
