"""Which Ray cluster `--ray` alone means."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from facefit.errors import InputError, MissingExtra
from facefit.labels.cluster import RayCluster
from facefit.labels.nearest_cluster import nearest_address

ray = pytest.importorskip("ray")


@pytest.fixture(autouse=True)
def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


def test_the_environment_is_taken_at_its_word(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(**_: object) -> None:
        raise AssertionError("asked for a cluster")

    monkeypatch.setattr(ray, "init", never)
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    address, why = nearest_address()
    assert address == "10.0.0.1:6379" and "RAY_ADDRESS" in why


def test_a_cluster_of_this_machine_is_joined_and_else_one_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(ray, "init", lambda address, **_: asked.append(address))
    monkeypatch.setattr(ray, "shutdown", lambda: asked.append("shut down"))
    assert nearest_address()[0] == "auto" and asked == ["auto", "shut down"]

    def nobody(**_: object) -> None:
        raise ConnectionError("Could not find any running Ray instance")

    monkeypatch.setattr(ray, "init", nobody)
    address, why = nearest_address()
    assert address == "local" and "no cluster" in why


OTHER_VERSION = "Version mismatch: The cluster was started with:\n    Ray: 2.9.0\n    Python: 3.10.1\n"


def test_a_cluster_of_another_version_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def mismatch(**_: object) -> None:
        raise RuntimeError(OTHER_VERSION)

    monkeypatch.setattr(ray, "init", mismatch)
    work: Any = SimpleNamespace(memory_bytes=None)
    for ask in (nearest_address, lambda: list(RayCluster("auto")(work, np.zeros((0, 7), np.uint8), 48))):
        with pytest.raises(
            InputError, match=r"--ray auto: Version mismatch: .* Ray: 2.9.0 .*; install the same"
        ) as told:
            ask()
        assert "\n" not in str(told.value)


def test_memory_that_no_machine_has_is_told_instead_of_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = [{"Alive": True, "Resources": {"memory": 4.5678e9}}, {"Alive": True, "Resources": {"CPU": 2.0}}]
    nodes.append({"Alive": False, "Resources": {"memory": 64e9}})
    monkeypatch.setattr(ray, "init", lambda **_: None)
    monkeypatch.setattr(ray, "shutdown", lambda: None)
    monkeypatch.setattr(ray, "nodes", lambda: nodes)
    work: Any = SimpleNamespace(memory_bytes=8e9)
    with pytest.raises(InputError, match=r"--memory is 8 GB a worker, .* more than 4.56 GB; ask for at most"):
        list(RayCluster("auto")(work, np.zeros((0, 7), np.uint8), 48))


@pytest.fixture
def listening() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_a_cluster_that_this_machine_does_not_belong_to_has_a_remedy_of_its_own(
    monkeypatch: pytest.MonkeyPatch, listening: str
) -> None:
    def elsewhere(**_: object) -> None:  # as Ray 2.60 raises it
        try:
            raise RuntimeError("No node info found matching attributes: '' when trying to resolve node to connect to.")
        except RuntimeError as error:
            raise ConnectionError(f"Failed to connect to Ray cluster at {listening}") from error

    monkeypatch.setattr(ray, "init", elsewhere)
    work: Any = SimpleNamespace(memory_bytes=None)
    with pytest.raises(InputError) as told:
        list(RayCluster(listening)(work, np.zeros((0, 7), np.uint8), 48))
    assert "No node info found" in str(told.value) and "\n" not in str(told.value)
    assert f"'ray start --address={listening}'" in str(told.value) and "--ray ray://127.0.0.1:10001" in str(told.value)


def test_elsewhere_ray_needs_its_client(monkeypatch: pytest.MonkeyPatch, listening: str) -> None:
    monkeypatch.setattr("facefit.errors.find_spec", lambda package: None if package == "grpc" else package)
    work: Any = SimpleNamespace(memory_bytes=None)
    with pytest.raises(MissingExtra, match=r"'grpc'.*scale"):
        list(RayCluster(f"ray://{listening}")(work, np.zeros((0, 7), np.uint8), 48))


@pytest.mark.slow
def test_ray_itself_says_that_this_machine_belongs_to_none() -> None:
    assert nearest_address()[0] == "local" and not ray.is_initialized()
