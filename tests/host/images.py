# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stand-in images: built from their folders when something in them changed, and pushed to the depot's registry."""

import io
import json
import tarfile
import urllib.error
import urllib.request
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import debian
import docker
from docker.errors import BuildError, ImageNotFound
from docker.models.images import Image
from engine import LABELS, ROOT, Problem, digest, locked, say

FOLDER = ROOT / "tests" / "images"
# More at once only waits: each build is one package manager that keeps a core busy.
AT_ONCE = 3
SLOWEST = {"postgres", "caddy"}
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def provide(client: docker.DockerClient, registry: Future[str]) -> dict[str, str]:
    """Build every stand-in image and push it to ``registry``, which may still be starting; return digests by name."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        base = build(client, FOLDER / "base", debian.ensure(client))
        # The base goes first: the registry then has most of every other image already.
        pushed = pool.submit(lambda: push(client, "base", base, registry.result()))

        def make(folder: Path) -> Future[str]:
            return pool.submit(lambda: push(client, folder.name, build(client, folder, base), _after(pushed, registry)))

        folders = [path.parent for path in FOLDER.glob("*/Dockerfile") if path.parent.name != "base"]
        # What takes longest begins first.
        folders.sort(key=lambda folder: (folder.name not in SLOWEST, folder.name))
        digests = {"base": pushed, **{folder.name: make(folder) for folder in folders}}
        return {name: digest.result() for name, digest in sorted(digests.items())}


def _after(first: Future[str], registry: Future[str]) -> str:
    first.result()
    return registry.result()


def build(client: docker.DockerClient, folder: Path, base: Image, tag: str = "1") -> Image:
    """Return the image of one folder, built when the folder or its base changed since the last build."""
    name = f"photosync/{folder.name}:{tag}"
    context = pack(folder)
    content = digest([base.id, context])
    with locked(f"image-{folder.name}"):
        try:
            image = client.images.get(name)
            if image.labels.get("photosync.content") == content:
                return image
        except ImageNotFound:
            pass
        say(f"building {name}")
        return _build(client, name, context, content, base)


def _build(client: docker.DockerClient, name: str, context: bytes, content: str, base: Image) -> Image:
    try:
        return client.images.build(
            fileobj=io.BytesIO(context),
            custom_context=True,
            tag=name,
            buildargs={"BASE": base.tags[0]},
            labels={**LABELS, "photosync.content": content},
            rm=True,
            forcerm=True,
        )[0]
    except BuildError as error:
        log = "".join(line.get("stream", "") for line in error.build_log)
        raise Problem(f"{name} does not build: {error}\n{log[-3000:]}") from error


def pack(folder: Path, name: str = ".") -> bytes:
    """Return a folder as a tar archive that is the same for the same content, with links followed."""

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
        if "__pycache__" in entry.name:
            return None
        entry.mtime = entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
        return entry

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", dereference=True, format=tarfile.GNU_FORMAT) as archive:
        archive.add(folder, arcname=name, filter=plain)
    return packed.getvalue()


def push(client: docker.DockerClient, name: str, image: Image, registry: str) -> str:
    """Push the image unless the registry holds it; return the digest under which it does."""
    if _held(registry, name) != image.id:
        say(f"pushing {name}")
        repository = f"{registry}/photosync/{name}"
        image.tag(repository, "1")
        for line in client.images.push(repository, "1", stream=True, decode=True):
            if "error" in line:
                raise Problem(f"the registry does not take {name}: {line['error']}")
        client.images.remove(f"{repository}:1", noprune=True)
    return _manifest(registry, name).headers["Docker-Content-Digest"]


def _held(registry: str, name: str) -> str | None:
    """Return the ID of the image that the registry holds under this name, or None."""
    try:
        return json.load(_manifest(registry, name))["config"]["digest"]
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise


def _manifest(registry: str, name: str):
    request = urllib.request.Request(f"http://{registry}/v2/photosync/{name}/manifests/1", headers={"Accept": MANIFEST})
    return urllib.request.urlopen(request, timeout=30)
