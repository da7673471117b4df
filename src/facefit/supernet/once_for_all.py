"""Import of once-for-all's MobileNetV3 checkpoints (Cai et al. 2020): its names become ours, the tensors stay.

Its checkpoints name the same tensor in several ways (`mobile_inverted_conv` or `conv`, with and without the inner
`.conv`, `.bn`, `.linear`); all of them are read.
"""

from __future__ import annotations

import re
from pathlib import Path

import torch
from torch import Tensor

from facefit.errors import ArtifactError, InputError
from facefit.space import SearchSpace
from facefit.supernet.network import SuperNet
from facefit.supernet.normalisers import Statistics

_PARTS = {"inverted_bottleneck": "expand", "depth_conv": "depthwise", "point_linear": "project"}
_PROFILER_KEYS = re.compile(r"(^|\.)(total_ops|total_params|num_batches_tracked)$")


def load_once_for_all(path: Path, space: SearchSpace) -> tuple[SuperNet, Statistics]:
    """Reads a checkpoint file without running code from it; returns the SuperNet and its stored statistics.

    The statistics are those of the largest subnet; other subnets need their own. Raises `ArtifactError` if the
    file is no such checkpoint or does not fit the space.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; expected a once-for-all checkpoint") from error
    except Exception as error:
        raise ArtifactError(f"{path}: not a checkpoint of tensors only; expected one of once-for-all's") from error
    state = state.get("state_dict", state) if isinstance(state, dict) else {}
    return from_once_for_all(state, space)


def from_once_for_all(state: dict[str, Tensor], space: SearchSpace) -> tuple[SuperNet, Statistics]:
    """The same from a state dict in memory."""
    ours = {_our_name(key): value for key, value in state.items() if not _PROFILER_KEYS.search(key)}
    means = {k.removesuffix(".running_mean"): v for k, v in ours.items() if k.endswith(".running_mean")}
    if lacking := [k for k in means if f"{k}.running_var" not in ours]:
        raise ArtifactError(f"checkpoint has a mean but no variance for {lacking[0]}; expected a whole checkpoint")
    statistics = {k: (mean, ours[f"{k}.running_var"]) for k, mean in means.items()}
    weights = {k: v for k, v in ours.items() if not k.endswith((".running_mean", ".running_var"))}
    if "classifier.weight" not in weights:
        raise ArtifactError("checkpoint has no classifier; expected a once-for-all MobileNetV3 SuperNet")
    net = SuperNet(space, classes=len(weights["classifier.weight"]))
    try:
        net.load_state_dict(weights)
    except RuntimeError as error:
        detail = " ".join(str(error).split())[:200]
        raise ArtifactError(f"checkpoint does not fit the space {space.name}: {detail}") from error
    return net, statistics


def _our_name(key: str) -> str:
    key = key.removeprefix("module.").replace(".mobile_inverted_conv.", ".conv.")
    key = re.sub(r"\.conv\.(\d)to(\d)_matrix$", r".transforms.\1to\2", key)
    key = key.replace(".conv.conv.", ".conv.").replace(".bn.bn.", ".bn.").replace(".linear.linear.", ".linear.")
    if match := re.match(r"blocks\.(\d+)\.conv\.(\w+)\.(.*)", key):
        index, part, rest = int(match[1]), match[2], match[3]
        prefix = "first" if index == 0 else f"blocks.{index - 1}"
        if rest.startswith("se.fc."):
            return f"{prefix}.squeeze.{rest.removeprefix('se.fc.')}"
        return f"{prefix}.{_PARTS.get(part, part)}.{rest.replace('bn.', 'norm.')}"
    for theirs, own in (("first_conv.", "stem."), ("final_expand_layer.", "head.")):
        if key.startswith(theirs):
            return own + key.removeprefix(theirs).replace("bn.", "norm.")
    return key.replace("feature_mix_layer.conv.", "feature.").replace("classifier.linear.", "classifier.")
