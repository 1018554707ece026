"""The entry point reads a changed configuration, and is left alone when nothing changed."""

from __future__ import annotations

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.common.process import Completed
from ansible_collections.photosync.vps.plugins.module_utils.deploy import proxy
from support.specs import make_spec


@pytest.fixture
def spec(tmp_path):
    config = tmp_path / "caddy"
    config.mkdir()
    (config / "Caddyfile").write_text(":80\n")
    front = {
        "service": "caddy",
        "config_dir": str(config),
        "mounts": ["/etc/ssl/family.crt:/etc/ssl/acme-ca-root.crt:ro"],
    }
    services = [{"name": "caddy", "image": "caddy:2"}]
    return make_spec(state_dir=str(tmp_path / "state"), entry_point=front, services=services)


def test_what_the_caddyfile_names_is_there_when_it_is_read_for_the_first_time(spec, monkeypatch):
    seen = []
    monkeypatch.setattr(proxy, "run", lambda argv, **_options: seen.extend(argv) or Completed([], 0, "", ""))
    proxy.validate(spec, spec.entry_point, "/opt/feeds/releases/1")
    assert "--volume=/etc/ssl/family.crt:/etc/ssl/acme-ca-root.crt:ro" in seen
    assert seen.index("caddy:2") > seen.index("--volume=/etc/ssl/family.crt:/etc/ssl/acme-ca-root.crt:ro")
