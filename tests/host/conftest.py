# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The engine that all tests of the test world share."""

import docker
import pytest
from engine import connect


@pytest.fixture(scope="session")
def client() -> docker.DockerClient:
    """Reach the engine outside the VPSs."""
    return connect()
