"""What the health of the stack consists of."""

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.health.targets import parse_targets
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.health import health_targets
from catalogue.stacks import resolve, service


def probes(catalogue):
    return [target for target in health_targets(catalogue) if target["kind"] == "http"]


def test_every_service_counts_by_name_so_that_a_container_that_is_not_there_is_missed(production):
    found = [target for target in health_targets(production) if target["kind"] == "container"]
    assert {target["project"] for target in found} == {"photo-sync"}
    assert [target["service"] for target in found] == [entry["name"] for entry in production["services"]]


def test_every_public_address_counts_and_is_asked_on_the_host_itself_so_that_it_works_before_dns_has_moved(production):
    page, gateway = probes(production)
    assert (page["url"], gateway["url"]) == ("https://photos.my-family.net/", "https://photos.my-family.net/health")
    assert gateway["json"] == {"status": "ok"}, "the whole has to be ready"
    assert (page["depends_on"], gateway["depends_on"]) == (["web-ui", "caddy"], ["api-gateway", "caddy"])
    common = {"connect_to": "127.0.0.1", "min_share_valid": 0.1, "certificate_from": "caddy"}
    assert all(common.items() <= target.items() for target in (page, gateway))


def test_certificates_of_an_authority_of_ones_own_are_verified_by_its_root():
    own = {"stack_acme_ca": "https://ca.lan/directory", "stack_acme_ca_root": "/etc/ssl/family.crt"}
    assert {target["ca_file"] for target in probes(resolve(**own))} == {"/etc/ssl/family.crt"}
    assert {target.get("ca_file") for target in probes(resolve(stack_mode="development", **own))} == {None}
    assert "family.crt" not in str(probes(resolve(stack_tls="internal", **own)))


def test_a_container_needs_what_its_entry_names_so_that_one_that_is_not_there_does_too(production):
    needs = {target["name"]: target["depends_on"] for target in health_targets(production) if "service" in target}
    assert needs["dedup-service"] == ["custom-postgres", "custom-redis"]


@pytest.mark.parametrize(
    ("port", "address"),
    [
        ("443:443", "127.0.0.1"),
        ("0.0.0.0:443:443", "127.0.0.1"),
        ("[::]:443:443", "::1"),
        ("192.0.2.7:443:443", "192.0.2.7"),
    ],
)
def test_the_entry_point_is_asked_at_the_address_where_it_listens(port, address):
    catalogue = resolve({"name": "caddy", "ports": ["80:80", port]})
    assert {target["connect_to"] for target in probes(catalogue)} == {address}


def test_an_internal_authority_is_trusted_and_nothing_else():
    target = health_targets(resolve(stack_tls="internal", stack_name="feeds"))[-1]
    assert (target["ca_volume"], target["ca_file"]) == ("feeds_caddy_data", "caddy/pki/authorities/local/root.crt")
    assert "min_share_valid" not in target and "certificate_from" not in target


@pytest.mark.parametrize(
    ("mode", "changed", "url"),
    [
        ("development", {}, "http://127.0.0.1/health"),
        ("development", {"dev": {"ports": ["8000:80"]}}, "http://127.0.0.1:8000/health"),
        ("production", {"ports": ["8443:443"]}, "https://photos.my-family.net:8443/health"),
    ],
)
def test_the_published_port_is_the_one_that_is_asked(mode, changed, url):
    free = [{"name": "grouping-service", "dev": {"ports": []}}]
    catalogue = resolve({"name": "caddy", **changed}, *free, stack_mode=mode)
    assert catalogue["problems"] == []
    assert health_targets(catalogue)[-1]["url"] == url


def test_a_stack_that_nobody_reaches_from_outside_has_its_containers():
    assert health_targets(resolve(service(), catalogue_photo_sync=False)) == [
        {"name": "feeds", "kind": "container", "project": "photo-sync", "service": "feeds", "depends_on": []}
    ]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"stack_tls": "internal"},
        {"stack_mode": "development"},
        {"stack_acme_ca": "https://ca.lan/directory", "stack_acme_ca_root": "/etc/ssl/family.crt"},
        {"stack_basic_auth": {"alice": "wonderland-1865"}},
    ],
)
def test_the_health_engine_takes_them(settings):
    catalogue = resolve(**settings)
    assert len(parse_targets(health_targets(catalogue))) == len(catalogue["services"]) + 2


def test_a_stack_that_names_no_probe_is_asked_from_outside_all_the_same():
    page, podcasts = {"paths": ["*"], "port": 80}, {"paths": ["/podcasts/*"], "port": 81}
    front = service("front", entry_point=True, ports=["443:443"])
    bare = resolve(front, service("page", route=page), service("podcasts", route=podcasts), catalogue_photo_sync=False)
    asked = {target["url"].partition("://")[2].partition("/")[2]: target["status"] for target in probes(bare)}
    assert asked == {"": ["100-499"], "podcasts/": ["100-499"]}
