"""A static subnet computes what the SuperNet's active subnet computes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from spaces import tiny_space

from facefit.errors import ArtifactError, InputError
from facefit.graph import export, reference_outputs
from facefit.space import SearchSpace, Subnet, mobilefacenet
from facefit.space.population import decode, sample
from facefit.supernet.importance import sort_channels
from facefit.supernet.loading import untrained
from facefit.supernet.network import SuperNet
from facefit.supernet.normalisers import normalise_by_batch
from facefit.supernet.static_module import StaticModule
from facefit.weights import NetworkMetadata, SharedWeights, StaticNetwork

METADATA = NetworkMetadata(
    "expression", ("a", "b", "c"), (0.5, 0.5, 0.5), (0.25, 0.25, 0.25), "none", {"data": "noise"}
)


def unhalved() -> SearchSpace:
    """Whose first elastic group keeps size and channels, so that its first block may have a shortcut."""
    space = tiny_space()
    first = replace(space.groups[0], width=space.first_width, stride=1)
    return replace(space, name="tiny-s12", groups=(first, *space.groups[1:]))


SPACES = (tiny_space(), unhalved(), mobilefacenet(0.25, (24, 32), 16))


@pytest.fixture(scope="module", params=SPACES, ids=lambda space: space.name)
def net(request: pytest.FixtureRequest) -> SuperNet:
    """All parameters random: identity transforms or zero gains would hide a transposed matrix."""
    torch.manual_seed(0)
    net = SuperNet(request.param, 3)
    for name, parameter in net.named_parameters():
        noise = torch.randn_like(parameter)
        parameter.data.add_((0.3 if "norm" in name or "transforms" in name else 0.1) * noise)
    return net


def shared(net: SuperNet) -> SharedWeights:
    return SharedWeights(net.space, {k: v.detach().numpy().copy() for k, v in net.named_parameters()}, METADATA)


def subnets(space: SearchSpace, n: int) -> list[Subnet]:
    return [space.largest, space.smallest, *decode(space, sample(space, n, np.random.default_rng(1)))]


def images(size: int, n: int = 6) -> torch.Tensor:
    return torch.randn(n, 3, size, size, generator=torch.Generator().manual_seed(size))


def test_static_module_equals_active_subnet(net: SuperNet) -> None:
    for subnet in subnets(net.space, 12):
        statistics = net.recalibrate(subnet, images(subnet.resolution, 16))
        x = images(subnet.resolution)
        with torch.no_grad():
            active = net.evaluate(subnet, x, statistics)
            arrays = {k: (m.numpy(), v.numpy()) for k, (m, v) in statistics.items()}
            static = StaticModule(shared(net).extract(subnet, arrays))(x)
        assert active.logits.std() > 1e-3
        # Rounding of float32 through sixteen blocks; another weight, or a transposed one, is off by 0.01 and more.
        torch.testing.assert_close(static.descriptor, active.descriptor, rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(static.logits, active.logits, rtol=1e-5, atol=1e-5)


def test_a_compact_descriptor_is_linear_in_every_form(tmp_path: Path) -> None:
    """SuperNet, static module, numpy, and an exported file; h-swish would end at -0.375."""
    torch.manual_seed(0)
    space = replace(tiny_space(), name="tiny-d8", feature_width=8, feature_activation="none")
    net = SuperNet(space, 3)
    subnet = decode(space, sample(space, 1, np.random.default_rng(2)))[0]
    statistics = net.recalibrate(subnet, images(subnet.resolution, 16))
    network = shared(net).extract(subnet, {k: (m.numpy(), v.numpy()) for k, (m, v) in statistics.items()})
    x = images(subnet.resolution)
    with torch.no_grad():
        active, static = net.evaluate(subnet, x, statistics), StaticModule(network)(x)
    assert active.descriptor.shape == (6, 8) and active.descriptor.min() < -0.5
    torch.testing.assert_close(static.descriptor, active.descriptor, rtol=1e-5, atol=1e-6)
    pixels = (255 * (x * 0.25 + 0.5)).permute(0, 2, 3, 1).numpy()
    np.testing.assert_allclose(
        reference_outputs(network, pixels)["descriptor"], active.descriptor, rtol=1e-3, atol=1e-4
    )
    result = export(network, tmp_path / "compact.tflite", ("descriptor", "probabilities"), weights="float32")
    assert result.parity_max_abs < 1e-4 and result.delegate_partitions == 1


def test_recalibrated_statistics_reproduce_the_batch(net: SuperNet) -> None:
    subnet, x = net.space.largest, images(32, 20)
    with torch.no_grad():
        expected = net(x, subnet, normalise_by_batch).logits
        seen = net.evaluate(subnet, x, net.recalibrate(subnet, x), batch=7).logits
    torch.testing.assert_close(seen, expected, rtol=1e-4, atol=1e-5)


def test_sorting_channels_keeps_the_largest_subnet(net: SuperNet) -> None:
    torch.manual_seed(0)
    copy = SuperNet(net.space, 3)
    copy.load_state_dict(net.state_dict())
    sort_channels(copy)
    for block in copy.blocks:
        readers = [block.project.conv.weight] + ([block.squeeze.expand.weight] if block.squeeze else [])
        for weight in readers:
            importance = weight.abs().sum((0, 2, 3))
            assert torch.equal(importance, importance.sort(descending=True).values)
    x, changed = images(32), copy.space.smallest
    with torch.no_grad():
        before, after = (n(x, n.space.largest, normalise_by_batch).logits for n in (net, copy))
        torch.testing.assert_close(after, before, rtol=1e-4, atol=1e-5)
        x = images(changed.resolution)
        assert not torch.allclose(
            net(x, changed, normalise_by_batch).logits, copy(x, changed, normalise_by_batch).logits
        )


def test_gradients_reach_only_active_channels(net: SuperNet) -> None:
    subnet = net.space.smallest
    net.zero_grad()
    net(images(subnet.resolution), subnet, normalise_by_batch).logits.square().sum().backward()
    gradient = net.blocks[0].project.conv.weight.grad
    mid = net.space.block_layers(subnet)[0].mid_channels
    assert gradient is not None and gradient[:, :mid].abs().sum() > 0 and gradient[:, mid:].abs().sum() == 0
    assert net.blocks[net.space.depths[0]].project.conv.weight.grad is None
    net.zero_grad()


def test_files_round_trip_and_refuse_damage(net: SuperNet, tmp_path) -> None:
    subnet = net.space.largest
    arrays = {k: (m.numpy(), v.numpy()) for k, (m, v) in net.recalibrate(subnet, images(32, 16)).items()}
    network = shared(net).extract(subnet, arrays)
    network.save(tmp_path / "s.safetensors")
    again = StaticNetwork.load(tmp_path / "s.safetensors")
    assert again.subnet == subnet and again.space == net.space and again.metadata == METADATA
    assert all(np.array_equal(again.tensors[k], v) for k, v in network.tensors.items())
    data = bytearray((tmp_path / "s.safetensors").read_bytes())
    rng, header = np.random.default_rng(0), int.from_bytes(data[:8], "little")
    for at in (*rng.integers(len(data), size=40), *rng.integers(8, 8 + header, size=80)):
        damaged = bytearray(data)
        damaged[at] ^= rng.choice([0x01, 0x10])
        (tmp_path / "d.safetensors").write_bytes(damaged)
        with pytest.raises((ArtifactError, InputError)):
            StaticNetwork.load(tmp_path / "d.safetensors")
    (tmp_path / "d.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises(ArtifactError):
        StaticNetwork.load(tmp_path / "d.safetensors")
    shared(net).save(tmp_path / "n.safetensors")
    with pytest.raises(ArtifactError, match=r"expected a facefit\.subnet"):
        StaticNetwork.load(tmp_path / "n.safetensors")


def test_shared_weights_round_trip_in_half_precision(net: SuperNet, tmp_path) -> None:
    weights = shared(net)
    weights.save(tmp_path / "n.safetensors")
    again = SharedWeights.load(tmp_path / "n.safetensors")
    assert again.space == net.space and again.tensors.keys() == weights.tensors.keys()
    for name, value in weights.tensors.items():
        np.testing.assert_allclose(again.tensors[name], value, rtol=1e-3, atol=1e-6)


def test_blocks_with_a_shortcut_start_with_the_gain_that_is_asked_for() -> None:
    """By 0 such a block hands on what it gets; all other norms start with 1."""
    space = mobilefacenet(0.25, (24, 32), 16)
    residual = [layer.residual for layer in space.block_layers(space.largest)]
    assert any(residual) and not all(residual)
    for gain in (0.0, 0.5):
        blocks = untrained(space, 3, 0, gain).blocks
        gains = [set(block.project.norm.weight.tolist()) for block in blocks]
        assert gains == [{gain} if has else {1.0} for has in residual]
    usual = untrained(space, 3, 0).blocks
    assert [set(b.project.norm.weight.tolist()) for b in usual] == [{0.0} if has else {1.0} for has in residual]
