"""A run with every part that a report can show."""

from __future__ import annotations

import numpy as np
import pytest

from facefit.report import FinalistRow, MeasuredAccuracy, Reference, RunReport, SearchedPoints
from facefit.space import ofa_mbv3
from facefit.space.population import decode, sample


@pytest.fixture
def run() -> RunReport:
    space, rng = ofa_mbv3(resolutions=(48, 64)), np.random.default_rng(0)
    subnets = decode(space, sample(space, 4, rng))
    latency, accuracy = rng.uniform(2, 5, 300), rng.uniform(0.80, 0.86, 300)
    measured = MeasuredAccuracy(0.831, (0.818, 0.844), 3199, "ferplus-majority, valid")
    finalists = tuple(
        FinalistRow(s, 4.9 - 0.1 * i, 4.8 - 0.1 * i, 0.85, measured if i == 0 else None) for i, s in enumerate(subnets)
    )
    return RunReport(
        task="expression",
        file="descriptor.tflite",
        space=space,
        chosen=finalists[0],
        device="Test CPU, 1 thread, LiteRT 2.3.0",
        limit_ms=5.2,
        parity_max_abs=4.2e-6,
        parity_cosine_min=0.9999999,
        parity_reference="PyTorch",
        size_bytes=13_900_000,
        card={"classes": ["glad", "sad"], "preprocessing": {"colour": "RGB"}, "training": {"data": "FER+ train"}},
        made={"seed": "7", "facefit": "0.1.0"},
        reference=Reference(8.4, 64),
        searched=SearchedPoints(latency, accuracy, np.array([3, 1]), 0.004),
        finalists=finalists,
        confusion=np.array([[90, 10], [30, 70]]),
        classes=("glad", "sad"),
    )
