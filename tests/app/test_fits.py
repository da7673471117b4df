"""A fit for a browser, from the first request to the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from bundles import COMPACT, THRESHOLDS, write_bundle
from served import IDENTITY, Served, begin, next_work, serve, serve_portion
from starlette.testclient import TestClient

from facefit import Descriptor, DeviceProfile
from facefit.bundle import Bundle

pytestmark = pytest.mark.slow
ENDS = [f"{task}-{end}" for task in ("expression", "identity") for end in ("smallest", "largest")]


def test_fits_a_network_to_a_browser(served: Served, client: TestClient) -> None:
    begin(client)
    job = serve(client)
    assert job["state"] == "done", job["error"]
    fit = job["result"]
    assert fit["limit_kept"] and fit["error_median_percent"] >= 0
    first, *others = client.get("/api/models").json()["models"]
    assert (first["name"], first["kind"]) == ("expression-fitted", "fitted")
    assert [model["name"] for model in others] == [*ENDS, "efficientnet-b0-32"]
    file = served.folder / "fitted.tflite"
    file.write_bytes(client.get(first["url"]).content)
    card = Descriptor(file).card
    assert card["latency"]["device"]["runtime"] == "litert.js"
    (saved,) = served.folder.glob("fits/*/*/profile.json")
    identity = DeviceProfile.load(saved).identity
    assert (identity.device, identity.runtime_version) == (IDENTITY["device"], IDENTITY["runtime_version"])


def test_networks_for_both_tasks_live_side_by_side_each_with_its_profile(served: Served, client: TestClient) -> None:
    begin(client)
    free = serve(client)["result"]
    begin(client, task="identity", limit="0.9x")
    job = serve(client)
    assert job["state"] == "done", job["error"]
    assert job["result"]["task"] == "identity" and job["result"]["profiled"] is True
    assert job["wish"]["task"] == "identity" and job["wish"]["limit"] == "0.9x"
    reads, knows, *others = client.get("/api/models").json()["models"]
    assert [reads["name"], knows["name"]] == ["expression-fitted", "identity-fitted"]
    assert [model["name"] for model in others] == [*ENDS, "efficientnet-b0-32"]
    thresholds = THRESHOLDS.identification(COMPACT, COMPACT.smallest)
    assert all(model["card"]["identification"] == thresholds for model in (knows, *others[2:4]))
    assert "probabilities" in reads["card"]["outputs"] and knows["card"]["outputs"] == ["descriptor"]
    smaller = free["parameters"] - 1
    begin(client, max_parameters=smaller)
    again = serve(client)["result"]
    assert again["profiled"] is False and again["parameters"] <= smaller
    newer = client.get("/api/models").json()["models"][0]
    assert newer["name"] == reads["name"] and newer["url"] != reads["url"]
    assert [client.get(model["url"]).status_code for model in (newer, reads)] == [200, 404]
    assert len(list(served.folder.glob("fits/*/*/profile.json"))) == 2
    begin(client, anew=True)
    assert serve(client)["result"]["profiled"] is True


def test_what_was_measured_of_a_space_serves_all_tasks_of_it(
    tiny_supernets: dict[str, Bundle], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    reads = Bundle.load(write_bundle(tmp_path_factory.mktemp("same"), space=COMPACT))
    served = Served(tiny_supernets | {"expression": reads}, tmp_path)
    client = served.paired()

    def profiled(**wish: object) -> object:
        begin(client, **wish)
        return serve(client)["result"]["profiled"]

    assert [profiled(), profiled(task="identity")] == [True, False]
    assert profiled(task="identity", anew=True)
    (anew,) = served.folder.glob("fits/*/*/profile.json")  # what was measured before is forgotten for both
    assert not profiled()
    assert {file.read_bytes() for file in served.folder.glob("fits/*/*/profile.json")} == {anew.read_bytes()}
    served.fits.close()


def test_a_budget_that_nothing_keeps_is_told_before_anything_is_timed(client: TestClient) -> None:
    begin(client, max_parameters=1)
    job = serve(client)
    assert job["state"] == "failed" and "parameters limit is" in job["error"] and job["total"] == 0


def test_goes_on_after_the_server_was_killed(served: Served, client: TestClient) -> None:
    begin(client)
    work = next_work(client)
    assert work
    serve_portion(client, work)
    seen = {model["key"] for model in work["models"]}
    next_work(client)
    served.fits.close()
    served.start()
    later = served.client()
    later.cookies = client.cookies
    assert later.get("/api/status").json() == {"paired": True, "purpose": "fit", "job": None}
    assert later.get("/api/work").status_code == 409
    begin(later)
    again = next_work(later)
    assert again and len(seen & {model["key"] for model in again["models"]}) <= 1  # the empty model comes every time
    assert serve(later)["state"] == "done"


def test_an_impossible_limit_is_told(client: TestClient) -> None:
    begin(client, limit="0.000001ms")
    job = serve(client)
    assert job["state"] == "failed" and "limit is" in job["error"]


def test_a_new_fit_ends_the_one_before(served: Served, client: TestClient) -> None:
    begin(client)
    first = next_work(client)
    assert first
    begin(client)
    answer = client.post(f"/api/work/{first['number']}", json={"passes_ms": []})
    assert answer.status_code == 409
    assert serve(client)["state"] == "done"


def test_devices_do_not_see_each_other(served: Served, client: TestClient) -> None:
    begin(client)
    serve(client)
    other = served.paired()
    assert "fitted" not in {model["kind"] for model in other.get("/api/models").json()["models"]}
    assert other.get("/api/work").status_code == 409
