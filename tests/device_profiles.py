"""A made-up device profile, for tests of what reads profiles."""

from __future__ import annotations

import numpy as np

from facefit.device import DeviceProfile, Entry, Identity, LatencyFit
from facefit.device.blocks import distinct_layers
from facefit.space import SearchSpace


def made_up_profile(space: SearchSpace) -> DeviceProfile:
    """Random latencies; EfficientNet-B0 takes 20 ms at the largest resolution."""
    rng = np.random.default_rng(0)
    return DeviceProfile(
        identity=Identity("board", "litert", "2", 1, {"governor": "performance"}),
        space=space,
        outputs=("probabilities", "descriptor"),
        depthwise7_ms={"plain": 9.0, "split": 3.0},
        entries={name: Entry(float(rng.uniform(0.01, 0.2)), 0.5) for name in distinct_layers(space)},
        fit=LatencyFit(1.1, 0.05, 0.03, 0.02),
        references={r: Entry(20.0 * (r / space.resolutions[-1]) ** 2, 0.1) for r in space.resolutions},
        fit_networks=24,
        fit_error_percent=0.5,
        held_out_networks=12,
        error_median_percent=1.0,
        error_p90_percent=2.0,
        seconds=20.0,
    )
