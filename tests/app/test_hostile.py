"""What strangers send: refused with a clear status, and the server is still up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from served import IDENTITY, WISH, Served, begin, next_work
from starlette.testclient import TestClient

from facefit.app.api import Api
from facefit.app.limits import LARGEST_BODY, Rate
from facefit.app.server import create_app

ADDRESSES = ("/api/pair", "/api/jobs", "/api/work/0123", "/api/work/0123/progress")
DAMAGED = [b"", b"{", b"\xff\xfe", b"[]", b"3", b'{"code": NaN}', b'{"code": 1e999}', b"[" * 9999]
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("address", ADDRESSES)
def test_too_much(client: TestClient, address: str) -> None:
    assert client.post(address, content=b"[" * (LARGEST_BODY + 1), headers=JSON).status_code == 413

    def unannounced() -> Iterator[bytes]:
        for _ in range(LARGEST_BODY // 1000 + 2):
            yield b" " * 1000

    assert client.post(address, content=unannounced(), headers=JSON).status_code == 413
    assert client.get("/api/status").status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[]", b"3", b'{"code": NaN}', b'{"code": 1e999}', b"[" * 9999]
)
@pytest.mark.parametrize("address", ADDRESSES)
def test_damaged_json(client: TestClient, address: str, body: bytes) -> None:
    answer = client.post(address, content=body, headers=JSON)
    assert answer.status_code == 400 and answer.json()["error"]
    assert client.get("/api/status").status_code == 200


@pytest.mark.parametrize("kind", ["image/jpeg", "text/plain", "multipart/form-data; boundary=x", None])
@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_takes_an_image(client: TestClient, address: str, kind: str | None) -> None:
    headers = {"Content-Type": kind} if kind else {}
    assert client.post(address, content=b"\xff\xd8\xff\xe0 a photo", headers=headers).status_code == 415


@pytest.mark.parametrize("path", ["/", "/photo", "/api/models", "/api/upload", "/js/main.js"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_else_can_be_written(client: TestClient, method: str, path: str) -> None:
    assert client.request(method, path, content=b"photo").status_code in {404, 405}


@pytest.mark.parametrize(
    "path",
    [
        "/../server.py",
        "/js/../../server.py",
        "/%2e%2e/server.py",
        "/..%2fserver.py",
        "/..%5cserver.py",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/js/%2e%2e/%2e%2e/pairing.py",
        "/js",
        "/index.html%00",
        "/api/models/..%2f..%2fsessions.json",
        "/api/models/%2e%2e",
    ],
)
def test_nothing_outside_the_site_can_be_read(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in {400, 404}
    assert b"import" not in answer.content and b"root:" not in answer.content


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/models"),
        ("GET", "/api/models/identity-smallest"),
        ("GET", "/api/work"),
        ("GET", f"/api/work/models/{'0' * 64}"),
        ("POST", "/api/jobs"),
        ("POST", "/api/work/0123"),
        ("POST", "/api/work/0123/progress"),
    ],
)
def test_a_device_without_the_code_gets_nothing(served: Served, method: str, path: str) -> None:
    stranger = served.client()
    assert stranger.request(method, path, json=IDENTITY | WISH).status_code == 401
    stranger.cookies.set("facefit", "made-up")
    assert stranger.request(method, path, json=IDENTITY | WISH).status_code == 401


@pytest.mark.parametrize("limit", ["", "fast", "-1ms", "nan", "0x", "1e999ms", "x" * 21, 3, None])
def test_odd_limits(client: TestClient, limit: Any) -> None:
    assert client.post("/api/jobs", json=IDENTITY | WISH | {"limit": limit}).status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"task": "age"},
        {"task": "../identity"},
        {"task": None},
        {"task": ["identity"]},
        {"max_parameters": 0},
        {"max_parameters": True},
        {"max_macs": "50e6"},
        {"max_megabytes": -1},
        {"max_megabytes": 10**400},
        {"anew": "yes"},
    ],
)
def test_odd_wishes(client: TestClient, change: dict[str, Any]) -> None:
    assert client.post("/api/jobs", json=IDENTITY | WISH | change).status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"device": ""},
        {"device": "x" * 201},
        {"device": "a\nb"},
        {"device": 3},
        {"runtime_version": None},
        {"details": []},
        {"details": {str(i): "x" for i in range(13)}},
        {"details": {"cores": 8}},
    ],
)
def test_odd_browsers(client: TestClient, change: dict[str, Any]) -> None:
    assert client.post("/api/jobs", json=IDENTITY | WISH | change).status_code == 400


def forged(work: dict[str, Any]) -> Iterator[Any]:
    """Timings that cannot be true."""
    models, passes = len(work["models"]), len(work["orders"])
    sound = [[1.0] * passes for _ in range(models)]
    for value in (0, -1.0, "1", None, True, [1], 1e9):
        yield [[value, *sound[0][1:]], *sound[1:]]
    yield from (None, {}, "x", [], sound[:-1], [*sound, sound[0]], [row[:-1] for row in sound], [{}] * models)
    yield {model["key"]: [1.0] * passes for model in work["models"]}


def test_a_forged_profile(client: TestClient) -> None:
    begin(client)
    work = next_work(client)
    assert work
    for passes_ms in forged(work):
        answer = client.post(f"/api/work/{work['number']}", json={"passes_ms": passes_ms})
        assert answer.status_code == 400, passes_ms
    for name in ("../../sessions.json", "0" * 64):
        assert client.get(f"/api/work/models/{name}").status_code == 404
    nan = json.dumps({"passes_ms": [[float("nan")]]})
    assert client.post(f"/api/work/{work['number']}", content=nan, headers=JSON).status_code == 400
    again = next_work(client)
    assert again and again["number"] == work["number"]


def test_a_flood_is_slowed_down(served: Served) -> None:
    app = create_app(Api(served.pairing, served.fits, Rate(3, 3600.0)))
    client = TestClient(app, cookies=served.paired().cookies)
    assert [client.get("/api/work").status_code for _ in range(5)] == [409] * 3 + [429] * 2
    assert client.get("/").status_code == 200
