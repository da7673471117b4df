"""Calls of the command line in this process or another one, and a bundle to call it with."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partialmethod
from pathlib import Path

import numpy as np
import pytest
from bundles import write_bundle
from calls import Answer, Call

from facefit.cli import main
from facefit.device import Plan
from facefit.graph import export, random_network
from facefit.space import ofa_mbv3


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole commands take seconds each: `pytest -m "not slow"` leaves them out."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def little_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fits and profiles in this process measure for a short while: rounds and seconds are there to outlast what
    disturbs a machine. Those of the README, in processes of their own, measure as users' do."""
    monkeypatch.setattr(Plan, "__init__", partialmethod(Plan.__init__, rounds=2, finalists_seconds=0.0))


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Calls `facefit ARGUMENTS...` in this process."""
    monkeypatch.setenv("COLUMNS", "300")

    def run(*arguments: object) -> Answer:
        capfd.readouterr()
        code = main([str(a) for a in arguments])
        captured = capfd.readouterr()
        return Answer(code, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def start() -> Callable[..., subprocess.Popen[str]]:
    """Starts `facefit ARGUMENTS...` as a process."""

    def run(*arguments: object) -> subprocess.Popen[str]:
        code = "import sys; from facefit.cli import main; sys.exit(main())"
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
        command = [sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)

    return run


@pytest.fixture(scope="session")
def bundle_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of the tiny space; not to be changed."""
    return write_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="session")
def profile_file(bundle_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile of this machine for that bundle; not to be changed."""
    path = tmp_path_factory.mktemp("profile") / "here.json"
    assert main(["profile", "--out", str(path), "--bundle", str(bundle_folder), "--rounds", "1"]) == 0
    return path


@pytest.fixture(scope="session")
def descriptor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Describes faces at random, but equal ones equally; not to be changed."""
    space = ofa_mbv3(width=0.35, resolutions=(48,))
    path = tmp_path_factory.mktemp("export") / "face.tflite"
    export(random_network(space, space.smallest, np.random.default_rng(0)), path)
    return path
