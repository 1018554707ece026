"""What the Caddy in front is told: who answers which path, and under which name."""

from __future__ import annotations

import pathlib
import re

import jinja2
import pytest
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.caddy import caddy_site
from catalogue.stacks import ROLE, resolve, service

OWN = {"stack_acme_ca": "https://ca.lan/acme/acme/directory", "stack_acme_ca_root": "/etc/ssl/family.crt"}
PEOPLE = {"stack_basic_auth": {"alice": "wonderland-1865", "bob": "the-builder-1998"}}
TEMPLATE = ROLE.parent / "stack" / "templates" / "Caddyfile.j2"


def handles(*services):
    return [(handle["paths"], handle["upstream"]) for handle in caddy_site(resolve(*services))["handles"]]


def routed(name, *paths):
    return service(name, route={"paths": list(paths), "port": 80})


def caddyfile(*services, **settings) -> str:
    """The file as the role writes it."""
    environment = jinja2.Environment(trim_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined)
    environment.filters["photosync.vps.caddy_site"] = caddy_site
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(catalogue_resolved=resolve(*services, **settings))


def test_api_and_health_go_to_the_gateway_and_everything_else_to_the_page():
    assert handles() == [(["/health", "/api/*"], "api-gateway:3000"), ([], "web-ui:80")]


@pytest.mark.parametrize("names", ["ab", "ba"])
def test_the_most_specific_path_wins_whoever_comes_first(names):
    first, second = names
    found = handles(routed(first, "/feeds/*"), routed(second, "/feeds/old/*", "/feeds"))
    assert [handle for handle in found if handle[1] in ("a:80", "b:80")] == [
        (["/feeds/old/*"], f"{second}:80"),
        (["/feeds/*"], f"{first}:80"),
        (["/feeds"], f"{second}:80"),
    ]


def test_the_whole_path_comes_before_the_beginning_of_it():
    assert handles(routed("a", "/x*"), routed("b", "/x"))[-3:-1] == [(["/x"], "b:80"), (["/x*"], "a:80")]


def test_every_handle_has_a_matcher_of_its_own():
    site = caddy_site(resolve(routed("a", "/a/b/c/*", "/a/*"), routed("b", "/a/b/*")))
    matchers = [handle["matcher"] for handle in site["handles"]]
    assert len(set(matchers)) == len(matchers)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"address": "photos.my-family.net", "email": "admin@my-family.net", "internal": False}),
        ({"stack_tls": "internal"}, {"address": "photos.my-family.net", "email": "", "internal": True}),
        ({"stack_mode": "development"}, {"address": ":80", "email": "", "internal": False}),
        ({"stack_tls": "internal", "stack_domain": "192.0.2.1"}, {"default_sni": "192.0.2.1"}),
        ({}, {"acme_ca": "", "acme_ca_root": "", "mounts": []}),
        ({**OWN, "stack_tls": "internal"}, {"acme_ca": "", "acme_ca_root": "", "mounts": []}),
        ({**OWN, "stack_mode": "development"}, {"acme_ca": "", "acme_ca_root": "", "mounts": []}),
        (OWN, {"acme_ca": OWN["stack_acme_ca"], "mounts": ["/etc/ssl/family.crt:/etc/ssl/acme-ca-root.crt:ro"]}),
    ],
)
def test_names_and_certificates_follow_the_settings(settings, expected):
    assert expected.items() <= caddy_site(resolve(**settings)).items()


def test_browsers_are_told_to_be_careful(production, development):
    headers = caddy_site(production)["headers"]
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"]) == ("nosniff", "DENY")
    assert "Referrer-Policy" in headers
    assert "Strict-Transport-Security" not in caddy_site(development)["headers"]


def test_caddy_watches_the_gateway_by_a_path_that_does_no_work(production):
    gateway = caddy_site(production)["handles"][0]
    assert gateway["health"]["uri"] == "/"
    assert gateway["health"]["status"] == "4xx"


def test_the_file_of_production():
    assert caddyfile() == (pathlib.Path(__file__).parent / "production.Caddyfile").read_text()


def test_an_internal_authority_is_not_put_into_the_containers_own_trust():
    text = caddyfile(stack_tls="internal")
    assert "\tlocal_certs\n\tskip_install_trust\n" in text
    assert "email" not in text


def test_a_path_that_nobody_claims_is_not_found_rather_than_empty():
    text = caddyfile({"name": "web-ui", "route": {"paths": ["/app/*"]}})
    assert "\thandle {\n\t\trespond 404\n\t}\n" in text


def test_an_authority_of_ones_own_is_named_with_the_root_it_is_trusted_by():
    text = caddyfile(**OWN)
    assert "\tacme_ca https://ca.lan/acme/acme/directory\n\tacme_ca_root /etc/ssl/acme-ca-root.crt\n" in text


def blocks(text):
    """What stands inside of each handle, by its matcher."""
    return dict(re.findall(r"^\thandle ?(\S*) {\n(.*?)^\t}", text, re.MULTILINE | re.DOTALL))


def test_nobody_is_asked_for_a_password_unless_somebody_has_one():
    assert "basic_auth" not in caddyfile() and "Authorization" not in caddyfile()


def test_every_path_asks_for_a_password_and_what_is_not_there_too():
    text = caddyfile({"name": "web-ui", "route": {"paths": ["/app/*"]}}, **PEOPLE)
    assert len(blocks(text)) == 3
    assert all(block.startswith("\t\timport people\n") for block in blocks(text).values())
    assert re.findall(r"^\t\t(\S+) \$2b\$12\$\S{53}$", text, re.MULTILINE) == ["alice", "bob", "health-probe"]


def test_no_service_sees_a_password_that_is_for_the_door():
    text = caddyfile(**PEOPLE)
    assert "\t\t\theader_up -Authorization\n" in blocks(text)[""]
    assert "wonderland" not in text and "builder" not in text


def test_a_route_can_be_left_open():
    text = caddyfile(service("share", route={"paths": ["/share/*"], "port": 80, "basic_auth": False}), **PEOPLE)
    asking = {matcher: "import people" in block for matcher, block in blocks(text).items()}
    assert asking == {"@api-gateway-1": True, "@share-2": False, "@api-gateway-3": True, "": True}
    assert text.count("header_up -Authorization") == 3
