"""Which Ray cluster `--ray` alone means."""

from __future__ import annotations

import pytest

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


@pytest.mark.slow
def test_ray_itself_says_that_this_machine_belongs_to_none() -> None:
    assert nearest_address()[0] == "local" and not ray.is_initialized()
