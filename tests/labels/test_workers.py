"""Worker processes end with what they work for, and nobody else's do."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from waiting_workers import WAIT_SECONDS, FailingFaces, WaitingFaces, processes_in, work_with

from facefit.errors import InputError
from facefit.labels.workers import label_chunks


@pytest.fixture
def of_another() -> Iterator[BaseProcess]:
    """A process of somebody else in this program."""
    process = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,))
    process.start()
    yield process
    process.terminate()
    process.join()


def test_closing_ends_what_was_begun_at_once_and_nothing_of_others(tmp_path: Path, of_another: BaseProcess) -> None:
    labelled = label_chunks(*work_with(WaitingFaces, tmp_path), workers=2)
    assert len(next(labelled).genes) == 1
    started = time.monotonic()
    labelled.close()  # type: ignore[attr-defined]
    assert time.monotonic() - started < WAIT_SECONDS / 2
    assert multiprocessing.active_children() == [of_another]


def test_a_failure_ends_the_others_at_once(tmp_path: Path, of_another: BaseProcess) -> None:
    started = time.monotonic()
    with pytest.raises(InputError, match="these faces fail"):
        list(label_chunks(*work_with(FailingFaces, tmp_path), workers=2))
    assert time.monotonic() - started < WAIT_SECONDS / 2
    assert multiprocessing.active_children() == [of_another]


def running(process: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")


def test_workers_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    code = f"from waiting_workers import label_with_two_workers; label_with_two_workers({str(tmp_path)!r})"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    parent = subprocess.Popen([sys.executable, "-c", code], env=environment)
    try:
        deadline = time.monotonic() + WAIT_SECONDS / 2
        while len(processes_in(tmp_path)) < 2:
            assert parent.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)
        assert all(map(running, processes_in(tmp_path)))
    finally:
        parent.kill()
        parent.wait()
    deadline = time.monotonic() + 60
    while any(map(running, processes_in(tmp_path))):
        assert time.monotonic() < deadline
        time.sleep(0.1)
