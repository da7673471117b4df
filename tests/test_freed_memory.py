"""Whether freed memory is there for the next layer, in processes of their own: the setting lasts to their end."""

from __future__ import annotations

import subprocess
import sys

import pytest

FAULTS = """
import resource
import torch
from facefit.freed_memory import keep_freed_memory
if {keep}:
    keep_freed_memory()
faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):  # until the heap has its size
    torch.ones(12_000_000)
before = faults()
for _ in range(20):
    torch.ones(12_000_000)
print(faults() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is set")
def test_the_next_layer_gets_the_memory_of_the_last_one() -> None:
    usual, kept = (
        int(subprocess.run([sys.executable, "-c", FAULTS.format(keep=keep)], capture_output=True, check=True).stdout)
        for keep in (False, True)
    )
    assert kept < usual / 5
