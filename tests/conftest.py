"""Shared by all rooms: a made-up accuracy that is cheap to ask, known exactly, and shaped like the real one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from celebrities import link_people
from hypothesis import settings
from numpy.typing import NDArray
from sshd import SSHD, TOOLS, Server

from facefit.comparator import Comparator
from facefit.space import SearchSpace, ofa_mbv3
from facefit.space.population import Genes, sample

settings.register_profile("unhurried", deadline=None)  # a busy machine is no fault of an example
settings.load_profile("unhurried")


class SyntheticTruth:
    """Accuracy in percent of any subnet: gains of blocks add up, neighbours interact, and it all saturates."""

    rmse = 0.1

    def __init__(self, space: SearchSpace, seed: int = 0, interaction: float = 0.05) -> None:
        rng = np.random.default_rng(seed)
        self.space = space
        size = np.array([0.0, *(0.6 + 0.04 * b.kernel + 0.1 * b.expand for b in space.choices)])
        block = rng.uniform(0.1, 0.5, (space.positions, 1)) * size
        self.gains = block * rng.uniform(0.85, 1.15, block.shape)
        states = len(size)
        self.crosses = interaction * rng.standard_normal((space.positions - 1, states, states))
        self.crosses[:, 0] = self.crosses[:, :, 0] = 0
        self.resolution_gains = 0.4 * np.arange(len(space.resolutions))

    def predict_accuracy(self, genes: Genes) -> NDArray[np.float64]:
        states = genes[:, 1:].astype(int)
        positions = np.arange(self.space.positions)
        gain = self.resolution_gains[genes[:, 0]] + self.gains[positions, states].sum(axis=1)
        gain += self.crosses[positions[:-1], states[:, :-1], states[:, 1:]].sum(axis=1)
        return np.asarray(88 - 8 * np.exp(-gain / 4))


@pytest.fixture(scope="session")
def space() -> SearchSpace:
    return ofa_mbv3(resolutions=(48, 56, 64))


@pytest.fixture(scope="session")
def truth(space: SearchSpace) -> SyntheticTruth:
    return SyntheticTruth(space)


@pytest.fixture(scope="session")
def labels(space: SearchSpace, truth: SyntheticTruth) -> tuple[Genes, NDArray[np.float64]]:
    """600 labelled subnets with label noise of 0.05 points."""
    rng = np.random.default_rng(7)
    genes = sample(space, 600, rng)
    return genes, truth.predict_accuracy(genes) + 0.05 * rng.standard_normal(len(genes))


@pytest.fixture(scope="session")
def comparator(space: SearchSpace, labels: tuple[Genes, NDArray[np.float64]]) -> Comparator:
    return Comparator.fit(space, *labels, np.random.default_rng(0))


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six photos each of thirty people, fourteen of them held out; not to be changed."""
    return link_people(tmp_path_factory.mktemp("people"))


@pytest.fixture
def kept_detections(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Detections are kept beside the tests, not in the user's cache, and made once for all of them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def started_sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if SSHD is None or None in TOOLS:
        pytest.skip("no sshd, ssh, scp and ssh-keygen here: install openssh-server to test measuring over ssh")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd as root must be able to confine itself
    server = Server(tmp_path_factory.mktemp("sshd"))
    yield server
    server.stop()


@pytest.fixture
def server(started_sshd: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A machine that `ssh board` reaches, as fresh as for the first time."""
    started_sshd.forget()
    started_sshd.configure()
    monkeypatch.setenv("PATH", f"{started_sshd.bin}:{os.environ['PATH']}")
    return started_sshd


@pytest.fixture
def counted(truth: Any) -> Any:
    """The made-up accuracy as a surrogate that counts in `asked` how many subnets it predicts."""

    class Counted:
        space, rmse, asked = truth.space, truth.rmse, 0

        def predict_accuracy(self, genes: Genes) -> NDArray[np.float64]:
            self.asked += len(genes)
            predicted: NDArray[np.float64] = truth.predict_accuracy(genes)
            return predicted

    return Counted()
