"""A masked SuperNet is the subnet: same answers, same gradients, and none where the subnet has none."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from spaces import tiny_space

from facefit.space import mobilefacenet
from facefit.space.population import decode, sample
from facefit.supernet.masked import Mask, parameters_used, run_masked
from facefit.supernet.network import Output, SuperNet
from facefit.supernet.normalisers import normalise_by_batch

SPACES = {"squeezing": tiny_space(), "mobilefacenet": mobilefacenet(0.25, (24, 32), 16)}


def gradients_of(net: SuperNet, output: Output) -> dict[str, torch.Tensor | None]:
    net.zero_grad(set_to_none=True)
    weights = torch.linspace(-1, 1, output.descriptor.numel()).view_as(output.descriptor)
    ((output.descriptor * weights).sum() + output.logits.square().sum()).backward()
    return {name: p.grad for name, p in net.named_parameters()}


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_mask_answers_and_learns_as_the_subnet_does(space, seed: int) -> None:
    torch.manual_seed(seed)
    net, rng = SuperNet(space, 3, shortcut_gain=1.0).double(), np.random.default_rng(seed)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
    (subnet,) = decode(space, sample(space, 1, rng))
    x = torch.randn(6, 3, subnet.resolution, subnet.resolution, dtype=torch.float64)
    plain = net(x, subnet, normalise_by_batch)
    expected = gradients_of(net, plain)
    mask = Mask(space, Mask.of(space, subnet).flat.double())
    masked = run_masked(net, x, subnet.resolution, mask, normalise_by_batch)
    for got, wanted in zip(masked, plain, strict=True):
        torch.testing.assert_close(got, wanted)
    found = gradients_of(net, masked)
    used = parameters_used(net, subnet)
    assert used == {name for name, gradient in expected.items() if gradient is not None}
    for name, gradient in found.items():
        wanted = expected[name]
        wanted = torch.zeros_like(gradient) if wanted is None else wanted
        torch.testing.assert_close(gradient, wanted, atol=1e-9, rtol=1e-7)
