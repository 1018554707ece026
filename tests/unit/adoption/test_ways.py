# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is taken over where it lies, what goes through a dump, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.adoption import plan
from ansible_collections.photosync.vps.plugins.module_utils.adoption.dumps import differences
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.roles import without_known

SAME = plan.Server(
    service="custom-postgres",
    volume="custom-pgdata",
    container=True,
    old_major=14,
    old_libc="glibc 2.36",
    old_user="postgres",
    image="postgres:14",
    major=14,
    libc="glibc 2.36",
    user="postgres",
)


def test_files_that_the_new_image_reads_alike_stay_where_they_are():
    assert plan.way(SAME) == plan.IN_PLACE
    assert list(plan.obstacles(SAME)) == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"major": 17}, "PostgreSQL 14 becomes 17"),
        ({"libc": "musl"}, "glibc 2.36, which sorts its indexes, becomes musl"),
        ({"libc": "glibc 2.41"}, "becomes glibc 2.41"),
        ({"libc": ""}, "becomes an unknown one"),
        ({"old_user": "immich"}, "its superuser immich becomes postgres"),
        ({"moved": ("immich-server (v2.7.4 to v2.7.5)",)}, "immich-server (v2.7.4 to v2.7.5) changes its database"),
    ],
)
def test_anything_that_could_read_or_change_them_otherwise_takes_a_dump(changes, why):
    server = replace(SAME, **changes)
    assert plan.way(server) == plan.BY_DUMP
    assert why in "; ".join(plan.reasons(server))


def test_before_its_image_is_there_nothing_is_promised():
    assert plan.way(replace(SAME, major=0, libc="")) == plan.NOT_YET_KNOWN


def test_an_older_server_is_refused_with_the_way_out():
    refused = "; ".join(plan.obstacles(replace(SAME, old_major=17)))
    assert "holds data of PostgreSQL 17" in refused and "image of PostgreSQL 17 or later" in refused


def test_files_whose_writer_nobody_knows_are_refused_with_the_way_out():
    refused = "; ".join(plan.obstacles(replace(SAME, container=False)))
    assert "docker compose up" in refused


def old(project, spec):
    """The volumes of a deployment under this project's name."""
    return {volume.name: f"{project}_{volume.name}" for volume in spec.volumes}


def test_a_deployment_of_the_stacks_own_name_keeps_all_names(spec):
    names = plan.targets(spec, old("photo-sync", spec), [])
    assert names == old("photo-sync", spec)


def test_under_another_name_every_volume_keeps_its_own_but_what_is_dumped_gets_a_new_one(spec):
    names = plan.targets(spec, old("server", spec), ["custom-pgdata"])
    assert names["immich-data"] == "server_immich-data"
    assert names["custom-pgdata"] == "photo-sync_custom-pgdata"


def test_a_dump_never_goes_into_the_volume_that_it_comes_from(spec):
    names = plan.targets(spec, old("photo-sync", spec), ["custom-pgdata"])
    assert names["custom-pgdata"] == "photo-sync_custom-pgdata_adopted"
    assert names["immich-pgdata"] == "photo-sync_immich-pgdata"


def test_volumes_that_the_deployment_has_not_are_not_mapped(spec):
    assert plan.targets(spec, {"immich-data": "server_immich-data"}, []) == {"immich-data": "server_immich-data"}


def test_immich_is_known_to_change_its_database_and_the_others_are_not(spec):
    assert [entry.name for entry in plan.migrating(spec, "immich-postgres")] == ["immich-server"]
    assert plan.migrating(spec, "custom-postgres") == []
    assert plan.volume_of(spec, "immich-postgres") == "immich-pgdata"


def test_roles_that_are_there_already_are_not_made_twice_and_foreign_commands_left_out():
    roles = "\n".join(
        ["\\restrict abc", "CREATE ROLE postgres;", "CREATE ROLE app;", 'CREATE ROLE "My role";', "ALTER ROLE app;"]
    )
    assert without_known(roles, {"postgres", "My role"}).splitlines() == ["CREATE ROLE app;", "ALTER ROLE app;"]


def test_tables_that_differ_or_are_missing_are_named():
    before = {"public.asset": {"rows": 3, "digest": "1"}, "public.gone": {"rows": 1, "digest": "1"}}
    after = {"public.asset": {"rows": 3, "digest": "2"}, "public.new": {"rows": 0, "digest": "0"}}
    assert differences(before, after) == ["public.asset", "public.gone", "public.new"]
    assert differences(before, before) == []
