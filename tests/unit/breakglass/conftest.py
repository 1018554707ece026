# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sheets of photo-sync, with two places of which the second has an environment of its own."""

from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.breakglass import repository, sheet
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import of as spec_of
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.spec import stack_spec
from catalogue.stacks import resolve

PLACES = {
    "repository": "sftp:backup@nas.my-family.net:/photo-sync",
    "password": "hunter2 it's",
    "environment": None,
    "copies": [
        {"name": "away", "repository": "rest:https://me:hunter3@backup.net/x", "environment": {"KEY": "hunter4"}}
    ],
}


@pytest.fixture(scope="session")
def spec() -> Spec:
    """The description of photo-sync as it is."""
    return spec_of(stack_spec(resolve()))


@pytest.fixture(scope="session")
def known(spec: dict[str, Any]) -> dict[str, str]:
    """The sheet that is kept off the host."""
    return sheet.texts(spec, "photos", repository.of_variables(PLACES), ["/root/.ssh"])


@pytest.fixture(scope="session")
def hidden(spec: dict[str, Any]) -> dict[str, str]:
    """The sheet that the host prints."""
    return sheet.texts(spec, "photos", repository.of_variables(PLACES), ["/root/.ssh"], secrets=False)
