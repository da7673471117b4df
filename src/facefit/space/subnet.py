"""A subnet: the choices that turn a SuperNet into one static network."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Block:
    """Choices of one inverted residual block: depthwise kernel size and expand ratio."""

    kernel: int
    expand: int


@dataclass(frozen=True, slots=True, order=True)
class Subnet:
    """Canonical form: skipped blocks carry no genes, so equal networks are equal and hash equal.

    `groups` holds the active blocks of each group (its length is the group's depth);
    `resolution` is the side of the square input in pixels.
    """

    groups: tuple[tuple[Block, ...], ...]
    resolution: int

    @property
    def depths(self) -> tuple[int, ...]:
        return tuple(len(group) for group in self.groups)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Active blocks in the order in which the network runs them."""
        return tuple(block for group in self.groups for block in group)

    def __str__(self) -> str:
        groups = " | ".join(" ".join(f"k{b.kernel}e{b.expand}" for b in group) for group in self.groups)
        return f"{self.resolution}px: {groups}"
