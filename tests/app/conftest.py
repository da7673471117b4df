"""A server of a tiny bundle, and a device that is paired with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bundles import write_bundle
from served import Served
from starlette.testclient import TestClient

from facefit.bundle import Bundle


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return Bundle.load(write_bundle(tmp_path_factory.mktemp("bundle")))


@pytest.fixture
def served(tiny_bundle: Bundle, tmp_path: Path) -> Iterator[Served]:
    served = Served(tiny_bundle, tmp_path)
    yield served
    served.fits.close()


@pytest.fixture
def client(served: Served) -> TestClient:
    """A paired device."""
    return served.paired()
