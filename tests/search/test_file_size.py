"""The size of an exported file is foretold, and never too small."""

import numpy as np
import pytest

from facefit.graph import export, random_network
from facefit.search import size_limit
from facefit.space import mobilefacenet, ofa_mbv3
from facefit.space.population import decode, encode, sample

SPACES = {
    "ofa_mbv3": ofa_mbv3(width=0.5, resolutions=(32, 48)),
    "mobilefacenet": mobilefacenet(resolutions=(48, 64)),  # the bundled one of people, of a linear descriptor
}


@pytest.mark.parametrize("form", ["plain", "split"])
@pytest.mark.parametrize(
    ("space", "classes"), [("ofa_mbv3", ("sad", "glad", "bad")), ("mobilefacenet", ()), ("mobilefacenet", ("a", "b"))]
)
def test_the_estimate_is_an_upper_bound_and_a_near_one(tmp_path, form, space, classes):
    space, rng = SPACES[space], np.random.default_rng(0)
    subnets = [space.smallest, space.largest, *decode(space, sample(space, 3, rng))]
    estimates = size_limit(space, 1e9, len(classes), form == "split").cost(encode(space, subnets))
    outputs = ("descriptor", "probabilities") if classes else ("descriptor",)
    for subnet, estimate in zip(subnets, estimates, strict=True):
        network = random_network(space, subnet, rng, classes)
        card = {"training": {"data": 3_000 * "x"}}
        written = export(network, tmp_path / "a.tflite", outputs, depthwise7=form, weights="float16", card=card)
        assert written.size_bytes <= estimate <= 1.01 * written.size_bytes + 10_000
