"""A small stack of all three kinds, built for real of packages from behind a password, on a throwaway VPS."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support import builders, source, throwaway
from support.playbook import Run

HERE = Path(__file__).resolve().parent
SERVICES = ("web", "gateway", "grouping")
DOMAIN = "photos.localhost"
PASSWORD = "quite-s3cret-to-read"
PACKAGES = "packages.test"
PORT = 8443
BUNDLE = "/root/authorities.pem"
GATEWAY_TEST = "services/gateway/src/__tests__/answer.test.ts"

# An authority that only this machine has, so that builds work by the bundle and by nothing else.
INDEX = """
set -e
cd /root
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN={name} \
    -addext subjectAltName=DNS:{name} -keyout index.key -out index.crt 2>/dev/null
echo reader:{password} >credentials
cat index.key index.crt >index.both
cat {system} index.crt >{bundle}
systemd-run --quiet --unit=index --property=StandardOutput=append:/root/index.log \
    python3 /root/index.py {name} {address} {port} /root/credentials {npm} {pip} /root/index.both
"""


class Site:
    """The stack on its machine, and the repository that it is built from."""

    def __init__(self, machine: throwaway.Machine, tree: Path, settings: dict[str, Any]):
        self.machine = machine
        self.tree = tree
        self.settings = settings
        self.commit = ""
        self.first: Run | None = None

    def deploy(self, playbook: str = "deploy", **settings: Any) -> Run:
        """Commit the repository as it is now, and deploy that commit."""
        self.commit = source.lay(self.machine, {"services": self.tree / "services"})
        return self.play(playbook, stack_source_version=self.commit, **settings)

    def play(self, playbook: str = "deploy", **settings: Any) -> Run:
        """Run a playbook, so that it says more than usual."""
        return self.machine.play(playbook, {**self.settings, **settings}, "-v")

    def change(self, path: str, old: str, new: str) -> None:
        """Change a line of the repository."""
        file = self.tree / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def lay_folder(self, path: str) -> None:
        """Lay the repository on the machine as the folder that somebody works in."""
        source.lay(self.machine, {"services": self.tree / "services"})
        self.machine.sh(f"rm -rf {path} && git clone --quiet {source.REPOSITORY} {path}")

    def containers(self) -> dict[str, tuple[str, str]]:
        """The ID of each service's container, and the ID of the image that it runs."""
        listed = "docker ps --format '{{.Label \"com.docker.compose.service\"}} {{.ID}}' | sort"
        found = dict(line.split() for line in self.machine.sh(listed).splitlines())
        images = {name: self.machine.sh(f"docker inspect -f '{{{{.Image}}}}' {found[name]}").strip() for name in found}
        return {name: (found[name], images[name]) for name in found}

    def image(self, service: str) -> str:
        """The name of the image that a service runs."""
        return self.machine.sh(f"docker inspect -f '{{{{.Config.Image}}}}' photos-{service}-1").strip()

    def inside(self, service: str, script: str) -> str:
        """What a script prints in the container of a service, as root, whoever the service is."""
        return self.machine.sh(f"docker exec --user root photos-{service}-1 sh -c '{script}'")

    def answers(self) -> dict[str, Any]:
        """What the gateway says through the entry point."""
        ask = f"curl -sk --resolve {DOMAIN}:443:127.0.0.1 https://{DOMAIN}/health"
        return json.loads(self.machine.sh(ask))


def variables() -> dict[str, Any]:
    """The inventory. Addresses with a password come with the machine."""
    return {
        "stack_name": "photos",
        "stack_domain": DOMAIN,
        "stack_tls": "internal",
        "stack_source_repo": source.REPOSITORY,
        "catalogue_photo_sync": False,
        "backup_enabled": False,
        "docker_source": "distribution",
        "preflight_free_disk": "0",
        "catalogue_services": [_front(), *map(_service, SERVICES)],
    }


def _front() -> dict[str, Any]:
    return {
        "name": "caddy",
        "image": throwaway.image("caddy"),
        "entry_point": True,
        "ports": ["80:80", "443:443"],
        "volumes": ["{{ catalogue_settings.config }}/caddy:/etc/caddy:ro", "caddy_data:/data", "caddy_config:/config"],
        "healthcheck": {"test": ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:2019/config/"]},
        "backup": {"rebuildable": ["caddy_data", "caddy_config"]},
        "dev": {"ports": ["80:80"]},
    }


def _service(name: str) -> dict[str, Any]:
    kinds: dict[str, dict[str, Any]] = {
        "web": {
            "build": {"kind": "node-static", "environment": {"VITE_API_URL": "https://photos.localhost/api"}},
            "healthcheck": {"test": ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:80/"]},
            "route": {"paths": ["*"], "port": 80},
        },
        "gateway": {
            "build": {"kind": "node-server"},
            "healthcheck": {"test": ["CMD", "nc", "-z", "127.0.0.1", "3000"]},
            "route": {"paths": ["/health"], "port": 3000},
        },
        "grouping": {
            "build": {"kind": "python"},
            "healthcheck": {"test": ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8000/health"]},
            "dev": {"watch": [{"action": "rebuild", "path": "requirements.txt"}]},
        },
    }
    entry = kinds[name]
    return {"name": name, **entry, "build": {"context": f"services/{name}", **entry["build"]}}


@contextmanager
def world(name: str, tree: Path) -> Iterator[Site]:
    """A bare VPS that reaches packages by an index of its own alone, and a copy of the repository in a tree.

    :param name: of the VPS.
    """
    shutil.copytree(HERE / "repository", tree)
    for service in ("web", "gateway"):
        builders.add_npm_packages(tree / "services" / service, {}, {})
    bases = builders.ensure()
    with throwaway.machine(name, variables()) as machine:
        _serve_packages(machine)
        address = f"https://reader:{PASSWORD}@{PACKAGES}:{PORT}"
        build = {
            "base_images": bases,
            "ca_bundle": BUNDLE,
            "npm_registry": f"{address}/",
            "pip_index_url": f"{address}/simple/",
        }
        daemon = {"insecure-registries": ["depot.test:5000"], "dns": [machine.address]}
        yield Site(machine, tree, {"stack_build": build, "docker_daemon_options": daemon})


def _serve_packages(machine: throwaway.Machine) -> None:
    machine.sh(f"cat >/root/index.py <<'END'\n{(HERE / 'index.py').read_text(encoding='utf-8')}END")
    places = {"npm": builders.npm_registry(), "pip": builders.pip_index(), "system": builders.CA_BUNDLE}
    machine.sh(
        INDEX.format(name=PACKAGES, address=machine.address, port=PORT, password=PASSWORD, bundle=BUNDLE, **places)
    )
