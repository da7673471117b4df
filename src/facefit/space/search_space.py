"""The search space as data, and the layers of any subnet in it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Self, get_args

from facefit.errors import InputError
from facefit.space.layers import Activation, Conv, InvertedResidual, Layer, Pool, make_divisible
from facefit.space.subnet import Block, Subnet


@dataclass(frozen=True, slots=True)
class Group:
    """Blocks of equal width; the first one strides and changes the width."""

    width: int
    stride: int
    activation: Activation
    squeeze_excite: bool


@cache
def _blocks(kernels: tuple[int, ...], expands: tuple[int, ...]) -> tuple[Block, ...]:
    return tuple(Block(k, e) for k in kernels for e in expands)


@dataclass(frozen=True, slots=True)
class SearchSpace:
    """A fixed stem and first block, groups of elastic blocks, and a fixed head that ends in the descriptor.

    `feature_width` is the length of the descriptor, and `feature_activation` is applied to it.
    """

    name: str
    stem_width: int
    first_width: int
    groups: tuple[Group, ...]
    head_width: int
    feature_width: int
    kernels: tuple[int, ...] = (3, 5, 7)
    expands: tuple[int, ...] = (3, 4, 6)
    depths: tuple[int, ...] = (2, 3, 4)
    resolutions: tuple[int, ...] = (224,)
    feature_activation: Activation = "h_swish"

    def __post_init__(self) -> None:
        for field in ("kernels", "expands", "depths", "resolutions"):
            values = getattr(self, field)
            if not values or list(values) != sorted(set(values)) or values[0] < 1:
                raise InputError(f"search space: {field} is {values}, expected rising positive numbers")
        if self.feature_activation not in get_args(Activation):
            raise InputError(f"search space: activation '{self.feature_activation}', expected {get_args(Activation)}")

    @property
    def max_depth(self) -> int:
        return self.depths[-1]

    @property
    def positions(self) -> int:
        """Number of elastic block positions, active or not."""
        return len(self.groups) * self.max_depth

    @property
    def choices(self) -> tuple[Block, ...]:
        """Choices for an active block; choice number c stands for gene c + 1."""
        return _blocks(self.kernels, self.expands)

    def expand_rank(self, expand: int) -> float:
        """Place of an expand ratio among those of the space, from 0 for the smallest to 1 for the largest."""
        return self.expands.index(expand) / max(len(self.expands) - 1, 1)

    @property
    def largest(self) -> Subnet:
        block = Block(self.kernels[-1], self.expands[-1])
        return Subnet(((block,) * self.depths[-1],) * len(self.groups), self.resolutions[-1])

    @property
    def smallest(self) -> Subnet:
        block = Block(self.kernels[0], self.expands[0])
        return Subnet(((block,) * self.depths[0],) * len(self.groups), self.resolutions[0])

    def check(self, subnet: Subnet) -> None:
        """Raises `InputError` if the subnet is not in the space."""
        if len(subnet.groups) != len(self.groups):
            raise InputError(f"subnet has {len(subnet.groups)} groups, the space {self.name} has {len(self.groups)}")
        for block in subnet.blocks:
            if block.kernel not in self.kernels or block.expand not in self.expands:
                raise InputError(f"block {block} is not in the space: kernels {self.kernels}, expand {self.expands}")
        if any(depth not in self.depths for depth in subnet.depths):
            raise InputError(f"subnet has depths {subnet.depths}, the space allows {self.depths}")
        if subnet.resolution not in self.resolutions:
            raise InputError(f"subnet wants {subnet.resolution} px, the space allows {self.resolutions}")

    def input_size(self, group: int, first: bool, resolution: int) -> int:
        """Side in pixels of what a block of the group sees."""
        size = (resolution - 1) // 2 + 1
        for g in self.groups[: group if first else group + 1]:
            size = (size - 1) // g.stride + 1
        return size

    def block_layer(self, group: int, first: bool, block: Block, resolution: int) -> InvertedResidual:
        """The layer that a block choice means at the first or a later position of a group."""
        spec = self.groups[group]
        before = self.groups[group - 1].width if group else self.first_width
        channels = before if first else spec.width
        mid = make_divisible(round(channels * block.expand))
        return InvertedResidual(
            input_size=self.input_size(group, first, resolution),
            in_channels=channels,
            mid_channels=mid,
            out_channels=spec.width,
            kernel=block.kernel,
            stride=spec.stride if first else 1,
            activation=spec.activation,
            squeeze_channels=make_divisible(mid // 4) if spec.squeeze_excite else 0,
            expands=True,
        )

    def opening_layers(self, resolution: int) -> tuple[Conv, InvertedResidual]:
        """Stem and first block, which every subnet has."""
        size = (resolution - 1) // 2 + 1
        stem = Conv("stem", resolution, 3, self.stem_width, 3, 2, "h_swish", True)
        first = InvertedResidual(size, self.stem_width, self.stem_width, self.first_width, 3, 1, "relu", 0, False)
        return stem, first

    def closing_layers(self, resolution: int) -> tuple[Conv, Pool, Conv]:
        """Final expansion, pooling and feature mix, which every subnet has; the last one gives the descriptor."""
        size = self.input_size(len(self.groups) - 1, False, resolution)
        head = Conv("head", size, self.groups[-1].width, self.head_width, 1, 1, "h_swish", True)
        feature = Conv("feature", 1, self.head_width, self.feature_width, 1, 1, self.feature_activation, False)
        return head, Pool(size, self.head_width), feature

    def block_layers(self, subnet: Subnet) -> tuple[InvertedResidual, ...]:
        """Elastic blocks of a subnet, in running order."""
        return tuple(
            self.block_layer(g, j == 0, block, subnet.resolution)
            for g, group in enumerate(subnet.groups)
            for j, block in enumerate(group)
        )

    def layers(self, subnet: Subnet) -> tuple[Layer, ...]:
        """All layers of a subnet, in running order, without a classifier."""
        self.check(subnet)
        r = subnet.resolution
        return (*self.opening_layers(r), *self.block_layers(subnet), *self.closing_layers(r))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        try:
            groups = tuple(Group(**group) for group in data["groups"])
            rest: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items() if k != "groups"}
            return cls(groups=groups, **rest)
        except (KeyError, TypeError) as error:
            raise InputError(f"not a search space: {error}; expected the fields of SearchSpace.to_json()") from error
