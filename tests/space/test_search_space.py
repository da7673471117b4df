import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facefit.errors import InputError
from facefit.space import Block, Conv, InvertedResidual, Pool, SearchSpace, Subnet, ofa_mbv3
from facefit.space.population import count, decode, sample


@pytest.fixture(scope="module")
def paper() -> SearchSpace:
    """The paper's space: width 1.2 at 224 pixels."""
    return ofa_mbv3()


def test_widths_strides_and_activations_are_the_papers(paper):
    assert (paper.stem_width, paper.first_width, paper.head_width, paper.feature_width) == (24, 24, 1152, 1536)
    assert [g.width for g in paper.groups] == [32, 48, 96, 136, 192]
    assert [g.stride for g in paper.groups] == [2, 2, 2, 1, 2]
    assert [g.squeeze_excite for g in paper.groups] == [False, True, False, True, True]
    assert [g.activation for g in paper.groups] == ["relu", "relu", "h_swish", "h_swish", "h_swish"]


def test_number_of_subnets(paper):
    assert count(paper) == 7371**5
    assert f"{count(paper):.3e}" == "2.176e+19"
    assert count(ofa_mbv3(resolutions=(48, 56, 64))) == 3 * 7371**5


@pytest.mark.parametrize(
    ("which", "parameters", "million_macs"), [("largest", 9_164_632, 841.6), ("smallest", 3_065_456, 191.5)]
)
def test_parameters_and_macs_equal_the_reference(paper, which, parameters, million_macs):
    layers = paper.layers(getattr(paper, which))
    assert sum(layer.parameters for layer in layers) == parameters
    assert round(sum(layer.macs for layer in layers) / 1e6, 1) == million_macs


@pytest.mark.parametrize(
    ("descriptor", "largest", "smallest"),
    [(None, 9_164_632, 3_065_456), (512, 7_984_984, 1_885_808), (256, 7_690_072, 1_590_896)],
)
def test_a_compact_head_saves_parameters_and_nothing_else(paper, descriptor, largest, smallest):
    """Feature mix: 1152 x 1536 = 1,769,472 parameters, at 256 numbers 294,912."""
    space = ofa_mbv3(descriptor=descriptor)
    for subnet, parameters in ((space.largest, largest), (space.smallest, smallest)):
        layers = space.layers(subnet)
        assert sum(layer.parameters for layer in layers) == parameters
        assert layers[:-1] == paper.layers(subnet)[:-1]
        assert layers[-1].out_channels == (descriptor or 1536)
        assert layers[-1].activation == ("none" if descriptor else "h_swish")
    assert count(space) == count(paper)
    assert (space == paper) == (space.name == paper.name) == (descriptor is None)


def test_a_descriptor_has_a_length_and_an_activation(paper):
    with pytest.raises(InputError, match="descriptor of 1 numbers"):
        ofa_mbv3(descriptor=1)
    with pytest.raises(InputError, match="'tanh'"):
        SearchSpace.from_json(paper.to_json() | {"feature_activation": "tanh"})


def test_strides_say_how_far_an_image_shrinks(paper):
    usual, wide = (ofa_mbv3(0.6, (64,), 128, strides) for strides in ((2, 2, 2, 1, 2), (1, 2, 2, 1, 2)))
    sizes = [[layer.input_size for layer in space.layers(space.smallest)][-2] for space in (usual, wide)]
    assert sizes == [2, 4] and ofa_mbv3(strides=(2, 2, 2, 1, 2)) == paper
    assert (usual.name, wide.name) == ("ofa-mbv3-w0.6-d128", "ofa-mbv3-w0.6-s12212-d128")
    parameters = [sum(layer.parameters for layer in space.layers(space.largest)) for space in (usual, wide)]
    assert parameters[0] == parameters[1]
    for wrong in ((2, 2, 2, 1), (2, 2, 2, 1, 3)):
        with pytest.raises(InputError, match="1 or 2"):
            ofa_mbv3(strides=wrong)


def test_spaces_of_earlier_files_have_the_papers_head(paper):
    earlier = {key: value for key, value in paper.to_json().items() if key != "feature_activation"}
    assert SearchSpace.from_json(earlier) == paper


def test_ninety_six_distinct_layers(paper):
    distinct = {
        paper.block_layer(group, first, block, 224)
        for group in range(5)
        for first in (True, False)
        for block in paper.choices
    } | {*paper.opening_layers(224), *paper.closing_layers(224)}
    # The classifier is once-for-all's sixth fixed layer; a descriptor has none.
    assert len(distinct) == 96 - 1
    assert len({layer.name for layer in distinct}) == len(distinct)


def test_middle_and_squeeze_channels(paper):
    def middle(group: int, first: bool) -> list[int]:
        return [paper.block_layer(group, first, Block(3, e), 224).mid_channels for e in (3, 4, 6)]

    assert [middle(g, False) for g in range(4)] == [[96, 128, 192], [144, 192, 288], [288, 384, 576], [408, 544, 816]]
    assert middle(4, False) == [576, 768, 1152]
    assert middle(1, True) == middle(0, False)
    assert paper.block_layer(1, False, Block(3, 3), 224).squeeze_channels == 40
    assert paper.block_layer(3, False, Block(3, 3), 224).squeeze_channels == 104
    assert paper.block_layer(0, False, Block(3, 3), 224).squeeze_channels == 0


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_each_layer_takes_what_the_one_before_gives(space, seed):
    subnet = decode(space, sample(space, 1, np.random.default_rng(seed)))[0]
    layers = space.layers(subnet)
    channels, size = 3, subnet.resolution
    for layer in layers:
        assert layer.input_size == size
        if isinstance(layer, Pool):
            assert layer.channels == channels
            size = 1
        else:
            assert isinstance(layer, Conv | InvertedResidual)
            assert layer.in_channels == channels
            channels, size = layer.out_channels, layer.output_size
    assert (channels, size) == (space.feature_width, 1)
    assert len(layers) == 2 + len(subnet.blocks) + 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: Subnet(s.groups[:-1], s.resolution), "4 groups"),
        (lambda s: Subnet(s.groups, 225), "225 px"),
        (lambda s: Subnet(((Block(9, 3),) * 2, *s.groups[1:]), s.resolution), "not in the space"),
        (lambda s: Subnet(((Block(3, 5),) * 2, *s.groups[1:]), s.resolution), "not in the space"),
        (lambda s: Subnet((s.groups[0][:1], *s.groups[1:]), s.resolution), "depths"),
    ],
)
def test_subnets_of_other_spaces_are_refused(paper, change, said):
    with pytest.raises(InputError, match=said):
        paper.layers(change(paper.smallest))


def test_a_space_survives_json(space):
    assert SearchSpace.from_json(json.loads(json.dumps(space.to_json()))) == space
    for broken in ({}, {**space.to_json(), "colour": 1}, {**space.to_json(), "kernels": [5, 3]}):
        with pytest.raises(InputError):
            SearchSpace.from_json(broken)
