"""The size of an exported file is foretold, and never too small."""

import numpy as np
import pytest

from facefit.graph import export, random_network
from facefit.search import size_limit
from facefit.space import ofa_mbv3
from facefit.space.population import decode, encode, sample


@pytest.mark.parametrize("form", ["plain", "split"])
def test_the_estimate_is_an_upper_bound_and_a_near_one(tmp_path, form):
    space, rng = ofa_mbv3(width=0.5, resolutions=(32, 48)), np.random.default_rng(0)
    subnets = [space.smallest, space.largest, *decode(space, sample(space, 3, rng))]
    estimates = size_limit(space, 1e9, 3, form == "split").cost(encode(space, subnets))
    for subnet, estimate in zip(subnets, estimates, strict=True):
        network = random_network(space, subnet, rng, ("sad", "glad", "bad"))
        both = ("descriptor", "probabilities")
        card = {"training": {"data": 3_000 * "x"}}
        written = export(network, tmp_path / "a.tflite", both, depthwise7=form, weights="float16", card=card)
        assert written.size_bytes <= estimate <= 1.01 * written.size_bytes + 10_000
