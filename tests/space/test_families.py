from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facefit.errors import InputError
from facefit.space import mobilefacenet, ofa_mbv3
from facefit.space.population import count, decode, sample


def test_mobilefacenets_space_keeps_positions_where_once_for_alls_keeps_weights() -> None:
    """Half the blocks see 8 x 8 positions of 64 pixels, and 4 x 4 are left. PyTorch counts as many parameters."""
    space, usual = mobilefacenet(resolutions=(48, 56, 64)), ofa_mbv3(1.2, (48, 56, 64), 128)
    sizes = [layer.input_size for layer in space.block_layers(space.largest)]
    assert sizes == [32, *[16] * 4, *[8] * 8, *[4] * 3]
    assert space.closing_layers(64)[0].input_size == 4 and usual.closing_layers(64)[0].input_size == 2
    assert [g.width for g in space.groups] == [48, 96, 96, 128] and space.feature_width == 128
    costs = [
        (sum(layer.parameters for layer in layers), round(sum(layer.macs for layer in layers) / 1e6, 1))
        for layers in (space.layers(space.largest), space.layers(space.smallest))
    ]
    assert costs == [(1_385_536, 79.2), (241_088, 6.9)]
    assert space.name == "mobilefacenet-w1-d128" and count(space) == 3 * (6 + 6**2 + 6**3 + 6**4) ** 4


@pytest.mark.parametrize("make", [ofa_mbv3, mobilefacenet])
def test_a_descriptor_has_two_numbers_at_least(make) -> None:
    with pytest.raises(InputError, match="descriptor of 1 numbers"):
        make(descriptor=1)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), width=st.floats(0.25, 2))
def test_each_layer_takes_what_the_one_before_gives(seed: int, width: float) -> None:
    space = mobilefacenet(width, (32, 48), 64)
    subnet = decode(space, sample(space, 1, np.random.default_rng(seed)))[0]
    stem, first = space.opening_layers(subnet.resolution)
    before = (first.out_channels, first.output_size)
    assert (stem.out_channels, stem.output_size) == (first.in_channels, first.input_size)
    for layer in space.block_layers(subnet):
        assert (layer.in_channels, layer.input_size) == before and layer.squeeze_channels == 0
        before = (layer.out_channels, layer.output_size)
    head, pool, feature = space.closing_layers(subnet.resolution)
    assert (head.in_channels, head.input_size) == before
    assert pool.channels == feature.in_channels and feature.out_channels == 64
