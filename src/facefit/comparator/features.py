"""Subnets and pairs of subnets as numbers that trees and linear models can learn from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.space import SearchSpace
from facefit.space.population import Genes

Features = NDArray[np.float32]


def check_genes(space: SearchSpace, genes: Genes) -> None:
    """Raises `InputError` if the array cannot be a population of the space."""
    columns = 1 + space.positions
    if genes.ndim != 2 or genes.shape[1] != columns or genes.dtype != np.uint8:
        raise InputError(
            f"genes are {genes.dtype} of shape {genes.shape}, expected uint8 (n, {columns}) for the space {space.name}"
        )
    if genes.size and (genes[:, 1:].max() > len(space.choices) or genes[:, 0].max() >= len(space.resolutions)):
        raise InputError(f"genes hold choices that the space {space.name} does not have; encode them with this space")


def subnet_features(space: SearchSpace, genes: Genes) -> Features:
    """Features of each subnet as plain numbers, float32 (n, f), a skipped block being 0 everywhere.

    Kernel and expand ratio of each position, the resolution in pixels, and `capacity_by_resolution`. Plain numbers let
    one split say 'larger': on 1,000 labels they rank better than once-for-all's one-hot code. Of thousands of labels
    boosted trees learn more from both together.
    """
    kernel_of = np.array([0, *(block.kernel for block in space.choices)])
    expand_of = np.array([0, *(block.expand for block in space.choices)])
    kernels, expands = kernel_of[genes[:, 1:]], expand_of[genes[:, 1:]]
    pixels = np.array(space.resolutions)[genes[:, 0], None]
    return np.concatenate([kernels, expands, pixels, capacity_by_resolution(space, genes)], axis=1, dtype=np.float32)


def capacity_by_resolution(space: SearchSpace, genes: Genes) -> Features:
    """How much of everything a subnet has, alone and for its resolution, float32 (n, (1 + resolutions) * 3 * (1 + g)).

    Depth, kernel and expand steps summed over each of the g groups and over all. More of them is worth more at a high
    resolution: a small subnet may be better at a low one, where a large one is not.
    """
    choices = np.arange(len(space.choices))
    steps = [np.ones_like(choices), choices // len(space.expands), choices % len(space.expands)]
    sums = [_per_group(space, np.array([0, *step])[genes[:, 1:]]) for step in steps]
    capacity = np.concatenate([*sums, *(part.sum(axis=1, keepdims=True) for part in sums)], axis=1, dtype=np.float32)
    resolution = _one_hot_resolution(space, genes)
    width = resolution.shape[1] * capacity.shape[1]
    by_resolution = (resolution[:, :, None] * capacity[:, None]).reshape(len(genes), width)
    return np.concatenate([capacity, by_resolution], axis=1)


def pair_features(a: Features, b: Features) -> Features:
    """Features of pairs of subnets, float32 (n, f): swapping the two only flips the sign."""
    return a - b


def choice_codes(space: SearchSpace, genes: Genes) -> Features:
    """Once-for-all's code of a subnet: one-hot kernel and one-hot expand ratio of each position, all 0 where a block is
    skipped, and one-hot resolution, float32 (n, positions * (kernels + expands) + resolutions)."""
    kernels, expands = (np.eye(len(steps), dtype=np.float32) for steps in (space.kernels, space.expands))
    codes = np.zeros((1 + len(space.choices), len(kernels) + len(expands)), np.float32)
    codes[1:] = [np.concatenate([kernel, expand]) for kernel in kernels for expand in expands]
    parts: Features = codes[genes[:, 1:]].reshape(len(genes), space.positions * codes.shape[1])
    return np.concatenate([parts, _one_hot_resolution(space, genes)], axis=1)


def _one_hot_resolution(space: SearchSpace, genes: Genes) -> Features:
    resolution: Features = np.eye(len(space.resolutions), dtype=np.float32)[genes[:, 0]]
    return resolution


def one_hot_states(space: SearchSpace, genes: Genes) -> Features:
    """One-hot state of each position, 'skipped' included, float32 (n, positions, 1 + choices)."""
    states: Features = np.eye(1 + len(space.choices), dtype=np.float32)[genes[:, 1:]]
    return states


def _per_group(space: SearchSpace, values: NDArray[np.generic]) -> NDArray[np.int64]:
    grouped = values.reshape(len(values), len(space.groups), space.max_depth)
    sums: NDArray[np.int64] = grouped.sum(axis=2, dtype=np.int64)
    return sums
