"""Images of all three kinds, built for real, and what is in them."""

import json

import pytest
from integration.images.world import DOMAIN, GATEWAY_TEST, PASSWORD, SERVICES, Site

HASHED = "ls /usr/share/nginx/html/assets"


def headers_of(site: Site, path: str, *options: str) -> tuple[int, dict[str, str]]:
    """Status and headers of nginx's own answer, without Caddy in between."""
    address = site.machine.sh(
        "docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' photos-web-1"
    ).strip()
    said = site.machine.sh(f"curl -s -o /dev/null -D - {' '.join(options)} 'http://{address}{path}'").splitlines()
    lines = (line.split(": ", 1) for line in said[1:] if ": " in line)
    return int(said[0].split()[1]), {name.lower(): value for name, value in lines}


def asset(site: Site, ending: str) -> str:
    names = site.inside("web", HASHED).split()
    return next(f"/assets/{name}" for name in names if name.endswith(ending))


def test_what_was_built_serves(site):
    assert site.answers() == {"status": "ok", "path": "/health"}


def test_the_run_says_how_large_every_image_is(site):
    for service in SERVICES:
        assert f"built {service} in " in site.first.output
    assert "MiB" in site.machine.sh("photos build grouping 2>/dev/null")


@pytest.mark.parametrize("service", ["gateway", "grouping"])
def test_servers_run_as_user_1001_who_cannot_change_their_code(site, service):
    assert site.machine.sh(f"docker exec photos-{service}-1 id -u").strip() == "1001"
    written = site.machine.sh(f"docker exec photos-{service}-1 find /app -writable ! -type l")
    assert written == ""


@pytest.mark.parametrize("service", SERVICES)
def test_no_compiler_no_test_and_no_cache_is_shipped(site, service):
    tools = "for tool in gcc cc make tsc vite pytest; do command -v $tool; done; true"
    assert site.inside(service, tools) == ""
    found = site.inside(service, "find / -xdev -name _cacache -o -xdev -name .npm -o -xdev -path /root/.cache/pip")
    assert found == ""
    tests = site.inside(
        service, 'find /app /usr/share/nginx/html 2>/dev/null | grep -v /node_modules/ | grep -E "test|spec" || true'
    )
    assert tests == ""


def test_the_gateway_is_shipped_with_what_it_runs_on_and_nothing_else(site):
    assert site.inside("gateway", "ls /app").split() == ["dist", "node_modules", "package.json", "start"]
    modules = site.inside("gateway", "ls /app/node_modules").split()
    assert "polka" in modules
    assert "typescript" not in modules and "@types" not in modules


def test_the_page_is_shipped_without_what_made_it_and_knows_its_address(site):
    assert site.inside("web", "command -v node npm || true") == ""
    assert site.inside("web", "ls /usr/share/nginx/html").split() == ["assets", "index.html", "robots.txt"]
    assert "https://photos.localhost/api" in site.inside("web", "cat /usr/share/nginx/html/assets/*.js")


def test_the_python_service_is_shipped_without_pip_and_without_what_only_tests_need(site):
    assert "uvicorn" in site.inside("grouping", "ls /venv/bin")
    packages = site.inside("grouping", "ls /venv/lib/python3*/site-packages")
    assert [name for name in packages.split() if name.startswith(("pip", "pytest", "setuptools"))] == []


def test_the_page_itself_is_asked_for_every_time(site):
    for path in ("/", "/index.html", "/albums/5", "/robots.txt"):
        status, headers = headers_of(site, path)
        assert (status, headers["cache-control"]) == (200, "no-cache"), path


def test_files_with_a_hash_in_their_name_are_kept_for_a_year(site):
    for ending in (".js", ".css"):
        status, headers = headers_of(site, asset(site, ending))
        assert (status, headers["cache-control"]) == (200, "public, max-age=31536000, immutable")


@pytest.mark.parametrize("name", ["photo-thumbnails.png", "logo.svg"])
def test_files_without_a_hash_are_not(site, name):
    site.inside("web", f"echo x >/usr/share/nginx/html/assets/{name}")
    assert headers_of(site, f"/assets/{name}")[1]["cache-control"] == "no-cache"
    site.inside("web", f"rm /usr/share/nginx/html/assets/{name}")


def test_a_missing_file_is_missing_and_not_the_page(site):
    status, headers = headers_of(site, "/assets/index-B1cD2eF3.js")
    assert (status, headers["cache-control"]) == (404, "no-store")


def test_assets_keep_the_security_headers(site):
    for path in ("/", asset(site, ".js"), "/assets/index-B1cD2eF3.js"):
        _status, headers = headers_of(site, path)
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["x-frame-options"] == "DENY", path
        assert headers["referrer-policy"] == "strict-origin-when-cross-origin", path


def test_what_goes_through_the_entry_point_is_compressed(site):
    ask = f"curl -sk -o /dev/null -D - -H 'Accept-Encoding: gzip' --resolve {DOMAIN}:443:127.0.0.1 https://{DOMAIN}"
    said = site.machine.sh(ask + asset(site, ".css")).lower()
    assert "content-encoding: gzip" in said
    assert "vary: accept-encoding" in said


def test_packages_came_from_the_index_that_was_set_with_its_password(site):
    asked = site.machine.sh("cat /root/index.log")
    assert "/polka" in asked and "/vite" in asked and "/simple/starlette/" in asked


def test_the_password_of_the_index_is_nowhere(site):
    images = " ".join(site.image(service) for service in SERVICES)
    for told in (
        f"docker image inspect {images}",
        *(f"docker history --no-trunc {site.image(one)}" for one in SERVICES),
    ):
        assert PASSWORD not in site.machine.sh(told)
    for service in SERVICES:
        assert (
            site.machine.sh(f"docker save {site.image(service)} | tar -xO | grep -ac {PASSWORD} || true").strip() == "0"
        )
    assert PASSWORD not in site.first.output
    assert site.machine.sh(f"grep -rl {PASSWORD} /opt/photos /etc /var/log 2>/dev/null || true").split() == [
        site.machine.sh("realpath /opt/photos/current").strip() + "/build.env"
    ]
    assert site.machine.sh("stat -c %a /opt/photos/current/build.env").strip() == "600"


def test_a_second_run_changes_nothing(site):
    run = site.play("site", stack_source_version=site.commit)
    assert (run.rc, run.changed) == (0, 0), run.output


def test_a_commit_that_changes_no_service_replaces_nothing(site):
    before = site.containers()
    (site.tree / "services" / "README.md").write_text("Three services.\n", encoding="utf-8")
    assert site.deploy().rc == 0
    assert site.containers() == before
    said = json.loads(site.machine.sh("cat /opt/photos/current/stack.json"))
    assert site.commit in json.dumps(said["source"]), "whoever builds by hand has to know this commit"


def test_only_the_service_whose_source_changed_is_built_and_replaced(site):
    before = site.containers()
    site.change("services/grouping/src/status.py", '"ok"', 'str("ok")')
    run = site.deploy()
    assert run.rc == 0, run.output
    assert "built grouping in " in run.output and "built gateway" not in run.output
    after = site.containers()
    assert [name for name in before if before[name] != after[name]] == ["grouping"]


def test_a_failing_test_fails_the_run_and_what_served_before_still_serves(site):
    before = site.containers()
    site.change(GATEWAY_TEST, '"ok"', '"well"')
    run = site.deploy()
    assert run.rc != 0
    assert "testing gateway failed at tester" in run.output
    assert "the answer says that it is well" in run.output, run.output
    assert site.containers() == before
    assert site.answers()["status"] == "ok"
    site.change(GATEWAY_TEST, '"well"', '"ok"')


def test_development_builds_a_folder_without_its_tests_under_names_of_its_own(site):
    production = {service: site.image(service) for service in SERVICES}
    site.change(GATEWAY_TEST, '"ok"', '"well"')
    site.lay_folder("/srv/work")
    settings = {"stack_mode": "development", "stack_source_path": "/srv/work"}
    run = site.play(**settings)
    assert run.rc == 0, run.output
    assert not set(production.values()) & {site.image(service) for service in SERVICES}
    before = site.containers()
    site.machine.sh("mkdir -p /srv/work/services/web/node_modules && echo 1 >/srv/work/services/web/node_modules/x.js")
    again = site.play(**settings)
    assert (again.rc, again.changed) == (0, 0), again.output
    site.machine.sh("sed -i 's/The API is at/The API lives at/' /srv/work/services/web/src/greeting.js")
    run = site.play(**settings)
    assert run.rc == 0, run.output
    after = site.containers()
    assert [name for name in before if before[name] != after[name]] == ["web"]


def test_watching_builds_a_changed_requirement_from_the_same_index(site):
    site.machine.sh("setsid photos watch >/root/watch.log 2>&1 </dev/null & echo $! >/root/watch.pid")
    try:
        site.machine.sh("timeout 60 sh -c 'until grep -q enabled /root/watch.log; do sleep 0.2; done'")
        site.machine.sh("echo idna==3.10 >>/srv/work/services/grouping/requirements.txt")
        installed = "docker exec photos-grouping-1 ls /venv/lib/python3.13/site-packages | grep -x idna"
        site.machine.sh(
            f"timeout 120 sh -c 'until {installed}; do sleep 0.5; done' || {{ cat /root/watch.log; exit 1; }}"
        )
    finally:
        site.machine.sh("kill -INT -- -$(cat /root/watch.pid)")
    assert PASSWORD not in site.machine.sh("cat /root/watch.log")
