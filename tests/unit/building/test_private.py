"""Proxies and package indexes with passwords, on their way through a build."""

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.building import private
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.environment import release_env_files
from catalogue.stacks import resolve

SETTINGS = {
    "https_proxy": "http://me:p%40ss@proxy.my-family.net:3128",
    "npm_registry": "https://reader:s3cret@mirror.my-family.net/npm",
    "pip_index_url": "https://reader:s3cret@mirror.my-family.net/simple",
}


@pytest.fixture
def settings(tmp_path):
    """What the host reads of what the controller wrote."""
    files = {file["path"]: file["secret_content"] for file in release_env_files(resolve(stack_build=SETTINGS))}
    (tmp_path / "build.env").write_text(files["build.env"])
    return private.read(str(tmp_path), "/etc/company.pem")


def test_no_password_is_on_a_command_line_that_every_user_can_read(settings):
    assert [word for word in settings.argv() if "s3cret" in word or "p%40ss" in word] == []
    assert "--secret=id=npmrc,env=PHOTOSYNC_SECRET_NPMRC" in settings.argv()
    assert "--secret=id=ca_bundle,src=/etc/company.pem" in settings.argv()
    assert "--build-arg=https_proxy" in settings.argv()


def test_npm_gets_address_and_password_apart_as_it_wants_them(settings):
    lines = settings.environment()["PHOTOSYNC_SECRET_NPMRC"].splitlines()
    assert lines == [
        "registry=https://mirror.my-family.net/npm/",
        "//mirror.my-family.net/npm/:_auth=cmVhZGVyOnMzY3JldA==",
        "cafile=/run/secrets/ca_bundle",
    ]


def test_pip_gets_its_index_and_the_authorities(settings):
    assert settings.environment()["PHOTOSYNC_SECRET_PIP_CONF"].splitlines() == [
        "[global]",
        "index-url = https://reader:s3cret@mirror.my-family.net/simple",
        "cert = /run/secrets/ca_bundle",
    ]


@pytest.mark.parametrize(
    "said",
    [
        "GET https://reader:s3cret@mirror.my-family.net/simple/idna/",
        "authorization: Basic cmVhZGVyOnMzY3JldA==",
        "the password p@ss is wrong",
        "fetching http://somebody:else@example.org/x",
    ],
)
def test_whatever_tools_print_shows_no_password(settings, said):
    masked = settings.mask(said)
    assert "********" in masked
    assert not any(word in masked for word in ("s3cret", "cmVhZGVy", "p@ss", "else"))


def test_nothing_is_added_to_a_build_when_nothing_is_set(tmp_path):
    settings = private.read(str(tmp_path))
    assert (settings.argv(), settings.environment()) == ([], {})


def test_the_controller_masks_the_same_passwords_in_its_diffs():
    from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.masks import secret_values

    assert {"s3cret", "p%40ss", "p@ss"} <= set(secret_values(resolve(stack_build=SETTINGS)))


def test_what_compose_builds_by_itself_gets_them_as_secrets_and_the_rest_of_the_project_does_not(settings):
    project = settings.for_compose({"services": {"page": {"build": {"context": "."}}, "cache": {"image": "redis:7"}}})
    assert [one["target"] for one in project["services"]["page"]["build"]["secrets"]] == [
        "ca_bundle",
        "npmrc",
        "pip_conf",
    ]
    assert project["services"]["cache"] == {"image": "redis:7"}
    assert project["secrets"]["ca_bundle"] == {"file": "/etc/company.pem"}
    assert "s3cret" not in str(project)
