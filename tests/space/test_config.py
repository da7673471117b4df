import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facefit.errors import InputError
from facefit.space import ofa_mbv3, subnet_from_config, subnet_to_config
from facefit.space.population import decode, encode, sample

seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=50, deadline=None)
@given(seed=seeds)
def test_a_net_config_survives_the_way_there_and_back(space, seed):
    subnet = decode(space, sample(space, 1, np.random.default_rng(seed)))[0]
    config = json.loads(json.dumps(subnet_to_config(space, subnet)))
    assert subnet_from_config(space, config) == subnet
    assert [len(config[key]) for key in ("ks", "e", "d", "r")] == [20, 20, 5, 1]
    assert config["wid"] is None


@settings(max_examples=50, deadline=None)
@given(seed=seeds, dead=st.sampled_from([0, 1, 4, 99, -7]))
def test_genes_of_skipped_blocks_mean_nothing(space, seed, dead):
    subnet = decode(space, sample(space, 1, np.random.default_rng(seed)))[0]
    config = subnet_to_config(space, subnet)
    for p in range(space.positions):
        group, j = divmod(p, space.max_depth)
        if j >= subnet.depths[group]:
            config["ks"][p], config["e"][p] = dead, dead
    read = subnet_from_config(space, config)
    assert read == subnet
    assert hash(read) == hash(subnet)
    assert (encode(space, [read]) == encode(space, [subnet])).all()


def test_a_config_in_once_for_alls_own_form_is_read_block_by_block():
    space = ofa_mbv3()
    kernels = [3, 5, 7, 3] * 5
    expands = [6, 4, 3, 6] * 5
    config = {"ks": kernels, "e": expands, "d": [2, 3, 4, 2, 3], "r": [224], "wid": None}
    subnet = subnet_from_config(space, config)
    assert subnet.depths == (2, 3, 4, 2, 3)
    assert [(b.kernel, b.expand) for b in subnet.groups[2]] == [(3, 6), (5, 4), (7, 3), (3, 6)]
    assert [(b.kernel, b.expand) for b in subnet.groups[0]] == [(3, 6), (5, 4)]
    assert subnet.resolution == 224
    del config["r"]
    assert subnet_from_config(space, config) == subnet


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ks": [3] * 19}, "'ks' has 19"),
        ({"e": None}, "'e' is None"),
        ({"e": "3" * 20}, "'e' is"),
        ({"d": [2, 2, 2, 2, 5]}, "depths"),
        ({"ks": [9] * 20}, "not in the space"),
        ({"r": [225]}, "225 px"),
        ({"r": "large"}, "'r' is"),
        ({"r": [48, 56]}, "'r' is"),
    ],
)
def test_what_is_no_net_config_is_refused(space, change, said):
    config = {**subnet_to_config(space, space.largest), **change}
    with pytest.raises(InputError, match=said):
        subnet_from_config(space, config)
