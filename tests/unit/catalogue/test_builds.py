"""Images from the application's own Dockerfiles, on bases that can be exchanged."""

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.builds import build_bases
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.compose import compose_base
from catalogue.stacks import resolve, service


def build_of(name, *services, **settings):
    return compose_base(resolve(*services, **settings))["services"][name]["build"]


def built(**build):
    return service(image=None, build={"context": "services/feeds", **build})


def test_a_mirror_stands_in_for_the_image_that_a_dockerfile_names_and_an_entrys_own_base_wins():
    mirrored = {"base_images": {"python:3.11-slim": "mirror/python:3.11", "alpine:3": "mirror/alpine:3"}}
    own = built(base_images={"alpine:3": "alpine:3.22.1"})
    for name, base, image in (
        ("dedup-service", "python:3.11-slim", "mirror/python:3.11"),
        ("feeds", "alpine:3", "alpine:3.22.1"),
    ):
        contexts = build_of(name, own, stack_build=mirrored)["additional_contexts"]
        assert contexts[base] == f"docker-image://{image}"
    assert "additional_contexts" not in build_of("dedup-service")


def test_the_page_is_built_with_its_address_although_its_dockerfile_declares_none(production):
    (base,) = build_bases(production)
    assert base["dockerfile"] == 'FROM node:20-alpine\nENV VITE_API_URL="/"\n'
    assert build_of("web-ui")["additional_contexts"] == {"node:20-alpine": f"docker-image://{base['image']}"}


def test_in_development_the_page_asks_the_gateway_directly_and_is_another_image(production, development):
    (base,) = build_bases(development)
    assert 'VITE_API_URL="http://localhost:3000"' in base["dockerfile"]
    assert base["image"] != build_bases(production)[0]["image"]


def test_builds_behind_a_proxy_that_opens_tls_trust_its_authority():
    bases = build_bases(resolve(stack_build={"ca_bundle": "/etc/ssl/company.pem"}))
    assert len(bases) == 3
    for base in bases:
        assert base["ca_bundle"] == "/etc/ssl/company.pem"
        for said in ("COPY ca-bundle.crt /usr/local/share/ca-certificates/", "NODE_EXTRA_CA_CERTS=", "PIP_CERT="):
            assert said in base["dockerfile"]


def test_build_arguments_of_an_entry_win_over_the_stacks():
    entry = built(args={"A": 1}, target="production", dockerfile="Dockerfile.small")
    found = build_of("feeds", entry, stack_build={"args": {"A": "2", "B": "3"}})
    wanted = {"args": {"A": "1", "B": "3"}, "target": "production", "dockerfile": "Dockerfile.small"}
    assert wanted.items() <= found.items()


def test_a_value_with_quotes_and_dollars_survives_in_a_derived_base():
    entry = built(environment={"GREETING": 'say "$5" \\ end'}, base_images={"alpine:3": "alpine:3"})
    text = build_bases(resolve({"name": "web-ui", "enabled": False}, {"name": "caddy", "depends_on": []}, entry))
    assert 'ENV GREETING="say \\"\\$5\\" \\\\ end"' in text[0]["dockerfile"]


def test_sources_are_needed_when_something_is_built_from_them():
    assert resolve()["stack"]["source"]["needed"]
    assert not resolve(stack_source_path="/home/me/photo-sync")["stack"]["source"]["needed"]
    assert not resolve(service(), catalogue_photo_sync=False)["stack"]["source"]["needed"]
