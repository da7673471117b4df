"""What all nodes of a graph have in common: they hold what they are computed from, and know the shape of the result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from facefit.graph.nodes import Node

Array: TypeAlias = NDArray[np.float32]
Shape: TypeAlias = tuple[int, ...]
Activation = Literal["none", "relu", "relu6", "h_swish", "silu", "sigmoid"]
Padding = Literal["same", "valid"]


@dataclass(frozen=True, slots=True, eq=False)
class Computed:
    """A node that is computed from `x`, of the same shape unless it says otherwise.

    `shape` is that of the result, NHWC; kept, for a chain that asked the node before each time would ask it to its end.
    """

    x: Node
    shape: Shape = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", self._shape())

    @property
    def sources(self) -> tuple[Node, ...]:
        """The nodes from which this one is computed, in the order of its fields."""
        return (self.x,)

    def _shape(self) -> Shape:
        return self.x.shape


@dataclass(frozen=True, slots=True, eq=False)
class OfTwo(Computed):
    """A node that is computed from `x` and `y`, of the shape of `x`."""

    y: Node

    @property
    def sources(self) -> tuple[Node, ...]:
        """The nodes from which this one is computed, in the order of its fields."""
        return (self.x, self.y)
