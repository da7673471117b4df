"""Names of once-for-all's checkpoints become ours, in every spelling, and bring their tensors along."""

import re

import pytest
import torch
from spaces import tiny_space
from torch import Tensor

from facefit.errors import ArtifactError
from facefit.supernet.network import SuperNet
from facefit.supernet.once_for_all import from_once_for_all, load_once_for_all

THEIRS = {"expand": "inverted_bottleneck", "depthwise": "depth_conv", "project": "point_linear"}


def their_checkpoint(net: SuperNet, elaborate: bool) -> dict[str, Tensor]:
    """Our weights under once-for-all's names; `elaborate` is its newer, doubled spelling."""
    conv, bn, linear = ("conv.conv", "bn.bn", "linear.linear") if elaborate else ("conv", "bn", "linear")
    outer = "conv" if elaborate else "mobile_inverted_conv"
    state: dict[str, Tensor] = {}
    for name, value in net.state_dict().items():
        parts = name.split(".")
        if parts[0] in ("first", "blocks"):
            index, rest = (0, parts[1:]) if parts[0] == "first" else (int(parts[1]) + 1, parts[2:])
            dynamic = elaborate and index > 0
            inner = ".".join(rest[1:])
            if rest[0] == "squeeze":
                key = f"depth_conv.se.fc.{inner}"
            else:
                inner = re.sub(r"^transforms\.(\dto\d)$", r"conv.\1_matrix", inner)
                inner = re.sub(r"^conv\.weight$", f"{conv if dynamic else 'conv'}.weight", inner)
                inner = re.sub(r"^norm", bn if dynamic else "bn", inner)
                key = f"{THEIRS[rest[0]]}.{inner}"
            state[f"blocks.{index}.{outer}.{key}"] = value
        elif parts[0] in ("stem", "head"):
            layer = {"stem": "first_conv", "head": "final_expand_layer"}[parts[0]]
            state[f"{layer}.{'.'.join(parts[1:]).replace('norm', 'bn')}"] = value
        elif parts[0] == "feature":
            state["feature_mix_layer.conv.weight"] = value
        else:
            state[f"classifier.{linear}.{parts[1]}"] = value
    for key in [k for k in state if k.endswith("bn.weight")]:
        channels = len(state[key])
        stem = key.removesuffix("weight")
        state[f"{stem}running_mean"] = torch.randn(channels)
        state[f"{stem}running_var"] = torch.rand(channels) + 0.5
        state[f"{stem}num_batches_tracked"] = torch.tensor(7)
    state["blocks.1.total_ops"] = state["total_params"] = torch.zeros(1)
    return state


@pytest.mark.parametrize("elaborate", [True, False])
def test_every_spelling_brings_every_tensor(elaborate: bool, tmp_path) -> None:
    torch.manual_seed(0)
    net = SuperNet(tiny_space(), 3)
    for parameter in net.parameters():
        parameter.data.normal_()
    state = their_checkpoint(net, elaborate)
    torch.save({"state_dict": state}, tmp_path / "ofa.pth")
    imported, statistics = load_once_for_all(tmp_path / "ofa.pth", net.space)
    for name, value in net.state_dict().items():
        torch.testing.assert_close(imported.state_dict()[name], value, rtol=0, atol=0)
    used = net.recalibrate(net.space.largest, torch.randn(4, 3, 32, 32))
    assert statistics.keys() == used.keys()
    images = torch.randn(2, 3, 32, 32)
    assert torch.isfinite(imported.evaluate(net.space.largest, images, statistics).logits).all()


def test_other_files_are_refused(tmp_path) -> None:
    (tmp_path / "text.pth").write_text("not a checkpoint")
    with pytest.raises(ArtifactError, match=r"text\.pth"):
        load_once_for_all(tmp_path / "text.pth", tiny_space())
    with pytest.raises(ArtifactError, match="classifier"):
        from_once_for_all({"a": torch.zeros(1)}, tiny_space())
    with pytest.raises(ArtifactError, match="does not fit"):
        from_once_for_all({"classifier.linear.weight": torch.zeros(3, 32)}, tiny_space())
