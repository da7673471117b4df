"""Subnets as JSON in the `ks / e / d / r` form that once-for-all and the paper's authors use in `net_config.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from facefit.errors import InputError
from facefit.space.search_space import SearchSpace
from facefit.space.subnet import Block, Subnet


def subnet_from_config(space: SearchSpace, config: Mapping[str, Any]) -> Subnet:
    """Reads `{"ks": [...], "e": [...], "d": [...], "r": [224]}`; entries of skipped blocks are ignored.

    Without `r` the space's largest resolution is meant. Raises `InputError` if it does not fit the space.
    """
    kernels, expands, depths = (_integers(config, key) for key in ("ks", "e", "d"))
    wanted = {"ks": space.positions, "e": space.positions, "d": len(space.groups)}
    for key, values in (("ks", kernels), ("e", expands), ("d", depths)):
        if len(values) != wanted[key]:
            raise InputError(f"net config: '{key}' has {len(values)} entries, expected {wanted[key]}")
    if any(depth not in space.depths for depth in depths):
        raise InputError(f"net config: depths are {list(depths)}, the space allows {space.depths}")
    resolution = config.get("r", space.resolutions[-1])
    if isinstance(resolution, Sequence) and len(resolution) == 1:
        resolution = resolution[0]
    if not isinstance(resolution, int):
        raise InputError(f"net config: 'r' is {resolution!r}, expected one number of pixels")
    blocks = [Block(k, e) for k, e in zip(kernels, expands, strict=True)]
    starts = range(0, space.positions, space.max_depth)
    groups = tuple(tuple(blocks[start : start + depth]) for start, depth in zip(starts, depths, strict=True))
    subnet = Subnet(groups, resolution)
    space.check(subnet)
    return subnet


def subnet_to_config(space: SearchSpace, subnet: Subnet) -> dict[str, Any]:
    """The same form back; skipped blocks are written with the smallest choice, so that any reader accepts them."""
    filler = Block(space.kernels[0], space.expands[0])
    blocks = [b for group in subnet.groups for b in (*group, *[filler] * (space.max_depth - len(group)))]
    return {
        "ks": [b.kernel for b in blocks],
        "e": [b.expand for b in blocks],
        "d": list(subnet.depths),
        "r": [subnet.resolution],
        "wid": None,
    }


def _integers(config: Mapping[str, Any], key: str) -> tuple[int, ...]:
    values = config.get(key)
    if not isinstance(values, Sequence) or not all(isinstance(v, int) for v in values):
        raise InputError(f"net config: '{key}' is {values!r}, expected a list of whole numbers")
    return tuple(values)
