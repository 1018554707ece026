"""What the Caddy in front is told: who answers which path, and under which name."""

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


@pytest.mark.parametrize(
    ("services", "settings", "written"),
    [
        ([], {"stack_tls": "internal"}, "\tlocal_certs\n\tskip_install_trust\n"),
        ([{"name": "web-ui", "route": {"paths": ["/app/*"]}}], {}, "\thandle {\n\t\trespond 404\n\t}\n"),
        ([], OWN, f"\tacme_ca {OWN['stack_acme_ca']}\n\tacme_ca_root /etc/ssl/acme-ca-root.crt\n"),
    ],
    ids=[
        "an internal authority is not put into the container's trust",
        "nobody claims a path",
        "an authority of one's own",
    ],
)
def test_the_file_says(services, settings, written):
    text = caddyfile(*services, **settings)
    assert written in text
    assert ("email" in text) is ("stack_tls" not in settings)
    assert "basic_auth" not in text and "Authorization" not in text


def blocks(text):
    """What stands inside of each handle, by its matcher."""
    return dict(re.findall(r"^\thandle ?(\S*) {\n(.*?)^\t}", text, re.MULTILINE | re.DOTALL))


def test_every_path_and_what_is_not_there_asks_for_a_password_that_no_service_sees_unless_a_route_is_left_open():
    share = service("share", route={"paths": ["/share/*"], "port": 80, "basic_auth": False})
    text = caddyfile({"name": "web-ui", "route": {"paths": ["/app/*"]}}, share, **PEOPLE)
    found = blocks(text)
    asking = {matcher.rpartition("-")[0]: block.startswith("\t\timport people\n") for matcher, block in found.items()}
    assert asking == {"@api-gateway": True, "@share": False, "@web-ui": True, "": True}
    assert re.findall(r"^\t\t(\S+) \$2b\$12\$\S{53}$", text, re.MULTILINE) == ["alice", "bob", "health-probe"]
    assert text.count("\t\t\theader_up -Authorization\n") == 3
    assert "wonderland" not in text and "builder" not in text
