"""A server of tiny bundles, and a device that is paired with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from bundles import write_bundle
from served import Served
from starlette.testclient import TestClient

from facefit.bundle import Bundle
from facefit.weights import Task


@pytest.fixture(scope="session")
def tiny_supernets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Bundle]:
    """One for each task."""
    folders = [write_bundle(tmp_path_factory.mktemp(task), task) for task in get_args(Task)]
    return {bundle.metadata.task: bundle for bundle in (Bundle.load(folder, None) for folder in folders)}


@pytest.fixture
def served(tiny_supernets: dict[str, Bundle], tmp_path: Path) -> Iterator[Served]:
    served = Served(tiny_supernets, tmp_path)
    yield served
    served.fits.close()


@pytest.fixture
def client(served: Served) -> TestClient:
    """A paired device."""
    return served.paired()
