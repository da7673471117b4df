"""What a browser has already is not sent again, and what was replaced is not taken for what it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from facefit.app.networks import Network


@pytest.mark.slow
def test_what_a_browser_has_is_not_sent_again(client: TestClient) -> None:
    network = client.get("/api/models").json()["models"][0]["url"]
    for path in ("/", "/js/main.js", "/vendor/litert/litert.js", "/detector/proposal.tflite", network):
        first = client.get(path)
        tag = first.headers["etag"]
        again = client.get(path, headers={"If-None-Match": f'"other", W/{tag}'})
        assert (first.status_code, again.status_code) == (200, 304), path
        assert first.content and not again.content and again.headers["etag"] == tag
        assert again.headers["cache-control"] == first.headers["cache-control"]
        assert client.get(path, headers={"If-None-Match": '"other"'}).content == first.content


@pytest.mark.slow
def test_a_network_is_asked_for_by_its_content(client: TestClient) -> None:
    address, _, version = client.get("/api/models").json()["models"][0]["url"].partition("?v=")
    assert len(version) == 16
    assert client.get(f"{address}?v={version}").content == client.get(address).content
    stale = client.get(f"{address}?v={version[::-1]}")
    assert stale.status_code == 404 and "replaced" in stale.json()["error"]


def test_another_content_has_another_address(tmp_path: Path) -> None:
    file = tmp_path / "descriptor.tflite"
    network = Network("expression-fitted", "fitted", "fitted", file, {})
    file.write_bytes(b"one")
    first = network.to_json()["url"]
    assert network.to_json()["url"] == first
    (tmp_path / "new").write_bytes(b"two")
    (tmp_path / "new").replace(file)
    assert network.to_json()["url"] != first
