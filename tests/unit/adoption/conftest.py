# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The default stack's description, and a deployment by today's scripts as the engine describes it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.adoption.found import Found
from ansible_collections.photosync.vps.plugins.module_utils.preflight.existing import Existing
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import of as spec_of
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.spec import stack_spec
from catalogue.stacks import resolve


@pytest.fixture(scope="session")
def spec() -> Spec:
    """What the collection knows of photo-sync by default."""
    return spec_of(stack_spec(resolve(), "1.2.3"))


def container(service: str, image: str = "image:1", mounts: Any = (), **environment: str) -> dict[str, Any]:
    """As much of ``docker inspect`` as is read."""
    return {
        "Id": f"{service}-0123456789ab",
        "Name": f"/{service}",
        "Image": "sha256:1",
        "State": {"Running": True, "Status": "running"},
        "Config": {
            "Image": image,
            "Env": [f"{name}={value}" for name, value in environment.items()],
            "Labels": {"com.docker.compose.service": service, "com.docker.compose.project": "photo-sync"},
        },
        "HostConfig": {"NetworkMode": "photo-sync-network", "Binds": None},
        "Mounts": list(mounts),
        "NetworkSettings": {"Networks": {"photo-sync-network": {"Aliases": [service, f"{service}-012345678"[:12]]}}},
    }


def volume(name: str, destination: str = "/data") -> dict[str, Any]:
    """A mount of a volume."""
    return {"Type": "volume", "Name": name, "Source": "/somewhere", "Destination": destination, "RW": True}


def bind(source: str, destination: str) -> dict[str, Any]:
    """A mount of a folder of the host."""
    return {"Type": "bind", "Source": source, "Destination": destination, "RW": False}


def deployment(*containers: dict[str, Any], **volumes: str) -> Found:
    """A deployment with these containers, and volumes by their own names."""
    named = {name.replace("_", "-"): engine for name, engine in volumes.items()}
    return Found(Existing("photo-sync", folder="/srv/photo-sync", volumes=named), list(containers))
