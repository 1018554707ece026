"""A small stack whose certificate comes from an authority of its own, and that authority on the same machine."""

import subprocess
from pathlib import Path
from typing import Any

from support import throwaway

STACK, DOMAIN, AUTHORITY = "feeds", "feeds.test", "ca.test"
ROOT_ON_HOST = "/etc/ssl/family.crt"
WGET = ["CMD", "wget", "-q", "-O", "/dev/null"]
QUICK = {"interval": "5s", "timeout": "3s", "retries": 3, "start_period": "30s"}

# Caddy looks every ten minutes for certificates to renew, and takes another interval at its start only.
LOOKS_OFTEN = (
    'caddy adapt --config /etc/caddy/Caddyfile | sed \'s/"automation":{/&"renew_interval":1000000000,/\''
    " >/tmp/start.json && exec caddy run --config /tmp/start.json"
)
# Its ports are not those of the site, whose challenges it comes to see on 80 and 443.
AUTHORITYS_CADDYFILE = f"""\
{{
    skip_install_trust
    http_port 9080
    https_port 9443
    auto_https disable_redirects
    admin off
    pki {{
        ca local {{
            root {{
                cert /ca/root.crt
                key /ca/root.key
            }}
        }}
    }}
}}
https://{AUTHORITY}:9443 {{
    tls internal
    log
    acme_server
}}
"""


def variables() -> dict[str, Any]:
    """Variables of its inventory."""
    return {
        "stack_name": STACK,
        "stack_domain": DOMAIN,
        "stack_acme_ca": f"https://{AUTHORITY}:9443/acme/local/directory",
        "stack_acme_ca_root": ROOT_ON_HOST,
        "stack_certificate_timeout": 5,
        "stack_health_timeout": 120,
        "catalogue_photo_sync": False,
        "catalogue_services": _services(),
        "docker_source": "distribution",
        "docker_daemon_options": {"insecure-registries": ["depot.test:5000"]},
        "backup_repository": "/mnt/backup/feeds",
        "backup_accept_local_only": True,
        "backup_key_escrowed": True,
    }


def _services() -> list[dict[str, Any]]:
    return [
        {
            "name": "caddy",
            "image": throwaway.image("caddy"),
            "command": ["sh", "-c", LOOKS_OFTEN],
            "entry_point": True,
            "ports": ["80:80", "443:443"],
            "volumes": [
                "{{ catalogue_settings.config }}/caddy:/etc/caddy:ro",
                "caddy_data:/data",
                "caddy_config:/config",
            ],
            "extra_hosts": [f"{AUTHORITY}:host-gateway"],
            "healthcheck": {"test": [*WGET, "http://127.0.0.1:2019/config/"], **QUICK},
            "depends_on": ["reader"],
            "backup": {"volumes": ["caddy_data"], "rebuildable": ["caddy_config"]},
        },
        {
            "name": "reader",
            "image": throwaway.image("nginx"),
            "healthcheck": {"test": [*WGET, "http://127.0.0.1:80/"], **QUICK},
            "route": {"paths": ["*"], "port": 80, "probe": {"path": "/"}},
        },
    ]


def make_root(folder: Path, name: str) -> Path:
    """A root certificate, with its key beside it."""
    certificate = folder / f"{name}.crt"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "9"]
        + ["-subj", f"/CN={name} root", "-addext", "keyUsage=critical,keyCertSign,cRLSign"]
        + ["-keyout", str(certificate.with_suffix(".key")), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    return certificate


class Authority:
    """An ACME authority: a Caddy that signs for whoever answers under a name."""

    def __init__(self, machine: throwaway.Machine, root: Path):
        self._machine = machine
        self.root = root

    def lay_out(self) -> None:
        """Put its files, and its root where the stack looks for it, on the machine; nothing runs yet."""
        files = {"Caddyfile": AUTHORITYS_CADDYFILE, "root.crt": self.root.read_text()}
        files["root.key"] = self.root.with_suffix(".key").read_text()
        for name, content in files.items():
            put(self._machine, f"/srv/authority/{name}", content)
        put(self._machine, ROOT_ON_HOST, self.root.read_text())

    def start(self) -> None:
        """Serve; the name of the site leads to this machine."""
        self._machine.sh(
            f"docker run --detach --name authority --network host --add-host {DOMAIN}:127.0.0.1"
            f" --volume /srv/authority:/ca:ro {throwaway.image('caddy')}"
            " caddy run --config /ca/Caddyfile --adapter caddyfile"
        )

    def orders(self) -> int:
        """How many certificates it was asked for until now."""
        return int(self._machine.sh("docker logs authority 2>&1 | grep -c '/acme/local/new-order'", check=False))


def put(machine: throwaway.Machine, path: str, content: str) -> None:
    """Write a file on the machine."""
    machine.sh(f"mkdir -p $(dirname {path}) && cat >{path} <<'END'\n{content}END\n")
