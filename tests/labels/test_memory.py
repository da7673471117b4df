"""What labelling takes of the memory, as the system counts it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from labelled_memory import PHOTOS

BOUND = 10**8
SLACK = 64 * 10**6
"""The photos themselves, 37 MB, which a setting for activations cannot make fewer, and what the allocator rounds."""


def labelled(judged: int, memory_bytes: int = 0) -> tuple[int, list[str]]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    command = [sys.executable, "-m", "labelled_memory", str(judged), str(memory_bytes)]
    peak, *right = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    return int(peak), right


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of a process alone")
def test_activations_stay_within_the_memory_that_they_are_given() -> None:
    baseline, _ = labelled(300)  # Python, PyTorch, the SuperNet, and hardly any activations
    free, right = labelled(PHOTOS)
    bound, right_within = labelled(PHOTOS, BOUND)
    assert right_within == right
    assert bound - baseline < BOUND + SLACK
    assert free - baseline > 3 * (BOUND + SLACK)
