# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A stand-in for photo-sync's gateway: one API in front of Immich, grouping, deduplication and a cache in Redis."""

import json
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import redis
from backend import Answer, Backend, Unreachable
from fixture.web import Reply, Request, serve

log = logging.getLogger("fixture")


class Gateway:
    """The endpoints; what is behind them may be down, one by one, and the rest goes on."""

    def __init__(self, immich: Backend, grouping: Backend, dedup: Backend, cache: redis.Redis, expiry: int) -> None:
        self.immich = immich
        self.grouping = grouping
        self.dedup = dedup
        self.cache = cache
        self.expiry = expiry

    def health(self, _: Request) -> Reply:
        """Readiness of the whole: degraded as soon as one part of it is."""
        probes: dict[str, Callable[[], object]] = {
            "immich": lambda: self.immich.probe("/api/server/ping"),
            "grouping": lambda: self.grouping.probe("/health"),
            "dedup": lambda: self.dedup.probe("/health"),
            "redis": self.cache.ping,
        }
        with ThreadPoolExecutor(len(probes)) as pool:
            states = dict(zip(probes, pool.map(_state, probes.values()), strict=True))
        well = all(state == "ok" for state in states.values())
        return Reply({"status": "ok" if well else "degraded", "services": states}, 200 if well else 503)

    def upload(self, request: Request) -> Reply:
        """Hand a photo to Immich, then have the two others look at it; say which of them did not."""
        answer = self._forward(self.immich, request)
        if answer.status not in (200, 201):
            return answer.reply()
        asset = json.loads(answer.body)
        photo = self.immich.ask("GET", f"/api/assets/{asset['id']}/original").body
        asset["followUps"] = {
            name: _state(lambda backend=backend: backend.expect_success(f"/assets/{asset['id']}", "POST", photo))
            for name, backend in (("grouping", self.grouping), ("dedup", self.dedup))
        }
        return Reply(asset, answer.status)

    def asset(self, request: Request, asset_id: str) -> Reply:
        """What is known of one photo, from the cache for as long as CACHE_EXPIRY says."""
        key = f"gateway:asset:{asset_id}"
        cached = self._cached(key)
        if cached:
            return Reply(cached, headers={"Content-Type": "application/json", "X-Cache": "hit"})
        answer = self._forward(self.immich, request)
        if answer.status == 200:
            self._keep(key, answer.body)
        reply = answer.reply()
        reply.headers["X-Cache"] = "miss"
        return reply

    def to_immich(self, request: Request) -> Reply:
        return self._forward(self.immich, request).reply()

    def groups(self, _: Request) -> Reply:
        return self.grouping.ask("GET", "/groups").reply()

    def duplicates(self, _: Request) -> Reply:
        return self.dedup.ask("GET", "/duplicates").reply()

    def rows(self, _: Request) -> Reply:
        """Every row of every database behind this gateway."""
        merged: dict[str, object] = {}
        for backend, path in ((self.immich, "/api/fixture/rows"), (self.grouping, "/rows"), (self.dedup, "/rows")):
            merged.update(json.loads(backend.expect_success(path).body))
        return Reply(merged)

    @staticmethod
    def _forward(backend: Backend, request: Request) -> Answer:
        path = request.path + (f"?{urlencode(request.query)}" if request.query else "")
        passed_on = {name: request.headers[name] for name in ("Content-Type", "X-File-Name") if name in request.headers}
        return backend.ask(request.method, path, request.body or None, passed_on)

    def _cached(self, key: str) -> bytes | None:
        try:
            return self.cache.get(key)
        except redis.RedisError as error:
            log.warning("no cache: %s", error)
            return None

    def _keep(self, key: str, value: bytes) -> None:
        try:
            self.cache.set(key, value, ex=self.expiry)
        except redis.RedisError as error:
            log.warning("not cached: %s", error)


def _state(probe: Callable[[], object]) -> str:
    try:
        probe()
    except (Unreachable, redis.RedisError) as error:
        return f"unreachable: {error}"
    return "ok"


def main() -> None:
    env = os.environ
    gateway = Gateway(
        immich=Backend("immich", env.get("IMMICH_API_URL", "http://immich-server:2283")),
        grouping=Backend("grouping", env.get("GROUPING_API_URL", "http://grouping-service:8000")),
        dedup=Backend("dedup", env.get("DEDUPLICATION_API_URL", "http://dedup-service:8001")),
        cache=redis.Redis.from_url(
            env.get("REDIS_URL", "redis://custom-redis:6379"), socket_timeout=2, socket_connect_timeout=2
        ),
        expiry=int(env.get("CACHE_EXPIRY", "300")),
    )
    serve(
        "api-gateway",
        int(env.get("PORT", "3000")),
        [
            ("GET", "/health", gateway.health),
            ("POST", "/api/assets", gateway.upload),
            ("GET", "/api/assets", gateway.to_immich),
            ("GET", "/api/assets/([^/]+)", gateway.asset),
            ("GET", "/api/assets/[^/]+/original", gateway.to_immich),
            ("GET", "/api/server/ping", gateway.to_immich),
            ("GET", "/api/server/statistics", gateway.to_immich),
            ("GET", "/api/groups", gateway.groups),
            ("GET", "/api/duplicates", gateway.duplicates),
            ("GET", "/api/fixture/rows", gateway.rows),
        ],
    )
