# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An address where restic could keep nothing is refused before anything changes, and no password in it is quoted."""

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.restic.url import fault, same_place

GOOD = """
/srv/backup
/srv/with space
local:/srv/backup
sftp:nas:/srv/backup
sftp:ann@nas:/srv/backup
sftp:u123@u123.storage.example:backups
sftp://ann@nas:2222//srv/backup
sftp://[2001:db8::7]:22//srv/backup
sftp://nas/backup
rest:http://nas:8000/
rest:https://ann:hunter2@nas/photos
rest:http+unix:///run/rest.sock:/photos
s3:https://s3.example.org/bucket
s3:s3.amazonaws.com/bucket/photos
s3://host/bucket
b2:bucket
b2:bucket:photos
azure:container:/
gs:bucket:/photos
swift:container:/photos
rclone:remote:photos
rclone:remote:
"""
BAD = {
    "backup/here": "whole path",
    "backup": "whole path",
    "./backup": "whole path",
    "~/backup": "whole path",
    "": "empty",
    " /srv/backup": "space",
    "/srv/backup\n": "line break",
    "local:backup": "local:/srv/backup",
    "sftpp:nas:/x": "did you mean sftp:?",
    "SFTP:nas:/x": "did you mean sftp:?",
    "resr:https://ann:hunter2@nas/": "did you mean rest:?",
    "https://ann:hunter2@nas/": "did you mean rest:https://",
    "ann@nas:/srv/backup": "did you mean sftp:user@host:/folder",
    "nas:/srv/backup": "did you mean sftp:user@host:/folder",
    "ann:hunter2@nas:/srv": "no place of this form",
    "sftp:nas": "sftp:user@host:/folder",
    "sftp:nas:": "sftp:user@host:/folder",
    "sftp::/srv/backup": "sftp:user@host:/folder",
    "sftp:ann@:/srv/backup": "sftp:user@host:/folder",
    "sftp:/srv/backup": "sftp:user@host:/folder",
    "sftp:ann@nas:~/backup": "sftp:user@host:/folder",
    "sftp://ann@nas": "sftp:user@host:/folder",
    "sftp://ann@nas:2222/": "sftp:user@host:/folder",
    "rest:nas/photos": "rest:https://host",
    "rest:ftp://ann:hunter2@nas/": "rest:https://host",
    "s3:bucket": "s3:https://host/bucket",
    "s3:https://host": "s3:https://host/bucket",
    "b2:": "b2:bucket",
    "azure:container": "azure:container:/folder",
    "gs:bucket": "gs:bucket:/folder",
    "rclone:photos": "rclone:remote:folder",
}


@pytest.mark.parametrize("address", GOOD.strip().splitlines())
def test_every_form_that_restic_accepts_is_accepted(address: str) -> None:
    assert fault(address) == ""


@pytest.mark.parametrize("address", BAD)
def test_where_restic_could_keep_nothing_is_refused_without_a_password(address: str) -> None:
    assert BAD[address] in fault(address)
    assert "hunter2" not in fault(address)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/srv/x", "local:/srv/x"),
        ("/srv/x", "/srv//x/"),
        ("/srv/x", "/srv/y/../x"),
        ("rest:https://nas/", "rest:https://nas"),
        ("sftp:nas:/x/", "sftp:nas:/x"),
    ],
)
def test_the_same_place_is_known_however_it_is_written(one: str, other: str) -> None:
    assert same_place(one) == same_place(other)
