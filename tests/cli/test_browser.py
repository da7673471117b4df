"""The app and the profile of a browser from the command line, with a page that is played by Python."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from calls import Call
from served import begin, next_work, serve

from facefit import DeviceProfile

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@contextmanager
def page(address: str) -> Iterator[httpx2.Client]:
    """A paired page of the address that a terminal shows."""
    base, _, code = address.partition("/#code=")
    with httpx2.Client(base_url=base, trust_env=False, timeout=60) as client:
        assert client.post("/api/pair", json={"code": code}).status_code == 200
        yield client


def shown(process: subprocess.Popen[str]) -> str:
    """The address that a command tells on standard error."""
    assert process.stderr
    return next(line.split()[1] for line in process.stderr if line.startswith("open "))


def profiled(start: Start, bundle: Path, out: Path, portions: int | None = None) -> subprocess.Popen[str]:
    """Starts `facefit profile --browser` and serves it; after so many portions Ctrl-C ends it, and the page hears."""
    options = ("--out", out, "--bundle", bundle, "--rounds", "1", "--host", "127.0.0.1", "--port", "0", "--json")
    process = start("profile", "--browser", *options)
    with page(shown(process)) as client:
        begin(client)
        serve(client, portions)
        if portions:
            next_work(client)  # the portions before are kept now
            process.send_signal(signal.SIGINT)
            while client.get("/api/work").json()["job"]["state"] == "running":
                time.sleep(0.05)
    return process


def test_profiles_a_browser(start: Start, call: Call, bundle_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "phone.profile.json"
    process = profiled(start, bundle_folder, out)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and json.loads(said.splitlines()[-1])["held_out_networks"] == 8
    identity = DeviceProfile.load(out).identity
    assert (identity.runtime, identity.device) == ("litert.js", "Pixel 7, Android")
    found = call("search", "--profile", out, "--bundle", bundle_folder, "--limit", "1x", "--json")
    assert found.code == 0 and found.json["runtime"] == "litert.js" and "holds for pages" in found.err
    refused = call("fit", "--profile", out, "--bundle", bundle_folder, "--out", tmp_path / "run")
    assert refused.code == 2 and "timed in a browser (litert.js)" in refused.err


def test_goes_on_after_an_interruption(start: Start, bundle_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "phone.profile.json"
    process = profiled(start, bundle_folder, out, portions=4)
    process.wait(timeout=60)
    assert process.returncode == 130 and not out.exists()
    assert list(tmp_path.glob("phone.profile.json.partial*"))
    again = profiled(start, bundle_folder, out)
    again.communicate(timeout=60)
    assert again.returncode == 0 and out.exists()
    assert not list(tmp_path.glob("phone.profile.json.partial*"))


def test_a_browser_has_one_thread(call: Call, bundle_folder: Path, tmp_path: Path) -> None:
    answer = call("profile", "--browser", "--threads", "2", "--out", tmp_path / "a.json", "--bundle", bundle_folder)
    assert answer.code == 2 and "2 threads" in answer.err
    answer = call("profile", "--browser", "--ssh", "board", "--out", tmp_path / "a.json", "--bundle", bundle_folder)
    assert answer.code == 2 and "--ssh and --browser" in answer.err


def test_serves_the_app(start: Start, bundle_folder: Path, tmp_path: Path) -> None:
    process = start("app", "--bundle", bundle_folder, "--host", "127.0.0.1", "--port", "0", "--json")
    assert process.stdout
    told = json.loads(process.stdout.readline())
    with page(told["address"]) as client:
        assert client.get("/").status_code == 200
        names = [model["name"] for model in client.get("/api/models").json()["models"]]
    subnets = [f"{task}-{size}" for task in ("expression", "identity") for size in ("smallest", "largest")]
    assert names == [*subnets, "efficientnet-b0-32", "efficientnet-b0-64"]  # a tiny SuperNet of our own, and a bundled
    assert Path(told["folder"]) == tmp_path / "data" / "facefit" / "app"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130


def test_a_port_that_is_taken(start: Start, call: Call, bundle_folder: Path) -> None:
    process = start("app", "--bundle", bundle_folder, "--host", "127.0.0.1", "--port", "0", "--json")
    assert process.stdout
    port = json.loads(process.stdout.readline())["address"].partition("/#")[0].rpartition(":")[2]
    answer = call("app", "--bundle", bundle_folder, "--host", "127.0.0.1", "--port", port)
    assert answer.code == 2 and f"port {port}" in answer.err
    process.send_signal(signal.SIGINT)
    process.wait(timeout=30)
