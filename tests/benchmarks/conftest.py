"""Scripts of the folder `benchmarks`, run in this process, and what they learn from in seconds."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from calls import Answer
from made_up_ferplus import write_ferplus

from facefit.faces.ferplus import CLASSES
from facefit.faces.normalisation import IMAGENET_MEAN, IMAGENET_STD
from facefit.space import ofa_mbv3
from facefit.supernet.loading import to_shared_weights, untrained
from facefit.weights import NetworkMetadata

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
Script: TypeAlias = Callable[..., Answer]
sys.path.append(str(BENCHMARKS))  # where tests import their modules


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder, whose modules come first."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    return BENCHMARKS


@pytest.fixture
def script(scripts: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Script:
    """Runs `NAME ARGUMENTS...` in this process, which has loaded PyTorch already."""

    def run(name: str, *arguments: object) -> Answer:
        capfd.readouterr()
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        code, told = 0, ""
        try:
            runpy.run_path(str(scripts / name), run_name="__main__")
        except SystemExit as ended:
            code, told = (1, ended.code) if isinstance(ended.code, str) else (int(ended.code or 0), "")
        captured = capfd.readouterr()
        return Answer(code, captured.out, captured.err + told)

    return run


@pytest.fixture(scope="session")
def ferplus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """160 made-up photos to learn from and 40 of FER2013Valid; not to be changed."""
    return write_ferplus(tmp_path_factory.mktemp("ferplus"))


@pytest.fixture(scope="session")
def start_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SuperNet of the width of small recipes, for the classes of FER+."""
    space, path = ofa_mbv3(0.25, (24, 32)), tmp_path_factory.mktemp("start") / "start.safetensors"
    metadata = NetworkMetadata("expression", CLASSES, IMAGENET_MEAN, IMAGENET_STD, "free", {"data": "noise"})
    to_shared_weights(space, dict(untrained(space, len(CLASSES), 7).named_parameters()), metadata).save(path)
    return path


@pytest.fixture(scope="session")
def small_recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two epochs at 32 pixels at most."""
    path = tmp_path_factory.mktemp("recipe") / "small.yaml"
    path.write_text(
        "width: 0.25\nresolutions: [24, 32]\nphases:\n  - {epochs: 2, resolutions: [24, 32], random: 1, batch: 16}\n"
    )
    return path
