"""A server of a tiny bundle, and a page that is played by Python over HTTP, in this process or another one."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx2
from starlette.testclient import TestClient

from facefit.app.api import Api
from facefit.app.fits import Fits
from facefit.app.limits import Rate
from facefit.app.pairing import Pairing
from facefit.app.server import create_app
from facefit.app.supernets import SuperNets
from facefit.device import Plan, Protocol

IDENTITY = {"device": "Pixel 7, Android", "runtime_version": "2.5.3 simd, Chrome 143", "details": {"cores": "8"}}
TINY_PLAN = Plan(
    networks=8,
    held_out=2,
    rounds=1,
    finalists_seconds=0.0,
    protocol=Protocol(passes=2, warm_ups=1, runs=1, shortest_burst_ms=10),
    form_protocol=Protocol(passes=1, warm_ups=1, runs=1, shortest_burst_ms=10),
)


class Served:
    """A server in this process, which can be stopped and started on the same folder."""

    def __init__(self, supernets: SuperNets, folder: Path, plan: Plan = TINY_PLAN) -> None:
        self.supernets, self.folder, self.plan = supernets, folder, plan
        self.told: list[str] = []
        self.start()

    def start(self) -> None:
        self.fits = Fits(self.supernets, self.folder, self.told.append, self.plan)
        self.pairing = Pairing(self.folder / "sessions.json")
        # A test asks far more often than a page, which also computes; how much is allowed has tests of its own.
        self.app = create_app(Api(self.pairing, self.fits, Rate(100_000, 10.0)))

    def client(self) -> TestClient:
        return TestClient(self.app, raise_server_exceptions=False)

    def paired(self) -> TestClient:
        client = self.client()
        assert client.post("/api/pair", json={"code": self.pairing.code}).status_code == 200
        return client


WISH = {"task": "expression", "limit": "1x"}


def begin(client: httpx2.Client, **wish: Any) -> dict[str, Any]:
    answer = client.post("/api/jobs", json=IDENTITY | WISH | wish)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    return job


def next_work(client: httpx2.Client) -> dict[str, Any] | None:
    """What the server wants timed next, or None when its job is over."""
    for _ in range(2000):
        state = client.get("/api/work").json()
        if state["work"] or state["job"]["state"] != "running":
            work: dict[str, Any] | None = state["work"]
            return work
        time.sleep(0.01)
    raise AssertionError("the server wants nothing")


def serve_portion(client: httpx2.Client, work: dict[str, Any]) -> None:
    """Times a portion: a model takes a microsecond for every kilobyte, and each call 20 us more."""
    passes_ms = []
    for model in work["models"]:
        data = client.get(f"/api/work/models/{model['key']}")
        assert data.status_code == 200, data.text
        assert len(data.content) == model["size_bytes"], (len(data.content), model)
        passes_ms.append([0.02 + model["size_bytes"] * 1e-6 * (1 + 0.01 * i) for i in range(len(work["orders"]))])
    answer = client.post(f"/api/work/{work['number']}", json={"passes_ms": passes_ms})
    assert answer.status_code == 200, answer.text


def serve(client: httpx2.Client, portions: int | None = None) -> dict[str, Any]:
    """Serves until the job is over, or so many portions; gives the job's state."""
    done = 0
    while done != portions and (work := next_work(client)):
        serve_portion(client, work)
        done += 1
    job: dict[str, Any] = client.get("/api/work").json()["job"]
    return job
