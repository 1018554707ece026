# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make the image of a service from its source: the tests first, then what is shipped."""

from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
import threading
from collections.abc import Callable

from ansible_collections.photosync.vps.plugins.module_utils.building import buildkit, private
from ansible_collections.photosync.vps.plugins.module_utils.building.context import ROOM, source_of
from ansible_collections.photosync.vps.plugins.module_utils.building.errors import ImageError
from ansible_collections.photosync.vps.plugins.module_utils.building.ignored import IGNORE_FILE, Ignored, ignored_in
from ansible_collections.photosync.vps.plugins.module_utils.building.sources import digest_of_folder
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Build, Service, Spec

# On every image that was built for a release: what it was made of.
LABEL = "vps.photosync.digest"
CA_FILE = "ca-bundle.crt"
DOCKERFILE = "Dockerfile"


class Maker:
    """Makes images for one release.

    :param anew: build a folder as it is, even if it is no more what the release names.
    """

    def __init__(self, spec: Spec, folder: str, tell: Callable[[str], None], anew: bool = False):
        self._spec = spec
        self._folder = folder
        self._tell = tell
        self._anew = anew
        self._private = private.read(folder, spec.ca_bundle)

    def make(self, entry: Service, plan: Build, stop: threading.Event) -> float:
        """Make one image; returns how many seconds it took. Raises ImageError."""
        with source_of(entry.name, plan) as context:
            labels = {LABEL: plan.digest} if self._is_as_named(entry, plan, context) else {}
            shipped = self._build_of(entry, plan, context, labels)
            seconds = self._test(plan, shipped, stop) if plan.tests else 0.0
            return seconds + buildkit.build(shipped, self._private, self._tell, stop)

    def make_bases(self) -> None:
        """Make the images that builds start from; each is cheap, and only a changed one is made anew."""
        for base in self._spec.bases:
            with tempfile.TemporaryDirectory(prefix="photosync-base-", dir=ROOM) as context:
                with open(os.path.join(context, DOCKERFILE), "w", encoding="utf-8") as stream:
                    stream.write(base.dockerfile)
                if base.ca_bundle:
                    shutil.copy(base.ca_bundle, os.path.join(context, CA_FILE))
                one = buildkit.Build("a base image", context, base.image)
                buildkit.build(one, self._private, self._tell, threading.Event())

    def _test(self, plan: Build, shipped: buildkit.Build, stop: threading.Event) -> float:
        tests = dataclasses.replace(shipped, image="", target=plan.tests, step="testing", labels={})
        return buildkit.build(tests, self._private, self._tell, stop)

    def _build_of(self, entry: Service, plan: Build, context: str, labels: dict[str, str]) -> buildkit.Build:
        kind = plan.recipe
        recipe = {"recipe": self._recipe(kind)} if kind else {}
        return buildkit.Build(
            service=entry.name,
            image=entry.image,
            context=context,
            dockerfile=os.path.join(self._recipe(kind) if kind else context, plan.dockerfile),
            target=plan.target,
            args=plan.args,
            contexts={**plan.contexts, **recipe},
            labels=labels,
        )

    def _recipe(self, kind: str) -> str:
        """The folder of the collection's own Dockerfile for this kind, a part of the release."""
        return os.path.join(self._folder, "build", kind)

    def _is_as_named(self, entry: Service, plan: Build, context: str) -> bool:
        """Whether the source is what the image's name says. Git keeps what it had; a folder may have changed."""
        if not plan.source.folder:
            return True
        same = digest_of_folder(context, self._ignored(plan, context)) == plan.content
        if not same and not self._anew:
            why = f"{context} has changed since this release was prepared; deploy again"
            raise ImageError("building", entry.name, [why])
        return same

    def _ignored(self, plan: Build, context: str) -> Ignored:
        if plan.recipe:
            with open(os.path.join(self._recipe(plan.recipe), DOCKERFILE + IGNORE_FILE), encoding="utf-8") as lines:
                return Ignored(lines)
        return ignored_in(context, plan.dockerfile)
