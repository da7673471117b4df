"""A device profile drawn: what kernel and expand ratio cost at every position of the space."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from facefit.errors import InputError
from facefit.report.drawing import calm_axes, new_figure
from facefit.report.palette import LIGHT
from facefit.space import Block, Layer, SearchSpace

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BAR, _KERNEL_GAP, _POSITION_GAP, _FIXED_GAP = 0.86, 0.7, 2.4, 4.2
_INCHES_PER_BAR = 0.085


class Latency(Protocol):
    """Latency of a layer and how far its median pass lies above that."""

    @property
    def ms(self) -> float: ...

    @property
    def spread_percent(self) -> float: ...


@dataclass(frozen=True, slots=True)
class _Position:
    """A place in the network and the layers that may stand there, by choice; a fixed layer has no choice."""

    label: str
    layers: tuple[tuple[Block | None, Layer], ...]


def profile_figure(space: SearchSpace, resolution: int, entries: Mapping[str, Latency]) -> Figure:
    """Bars of latency alone in ms, by layer name in `entries`: a place for each position, in running order.

    Bars of one kernel stand together, shaded by expand ratio; a whisker leads to the median pass. Raises `InputError`
    for a resolution that the space does not have.
    """
    from matplotlib.patches import Patch

    if resolution not in space.resolutions:
        raise InputError(f"no latencies at {resolution} px; expected one of {space.resolutions} px")
    positions = list(_positions(space, resolution))
    bars = sum(len(position.layers) for position in positions)
    figure = new_figure(2.6 + _INCHES_PER_BAR * (bars + 3 * len(positions)), 4.0)
    axes = figure.add_subplot()
    calm_axes(axes)
    axes.grid(axis="y", color=LIGHT.grid, linewidth=0.7)
    pen = _Pen(axes, space, entries)
    for position in positions:
        pen.position(position)
    pen.label_axes(resolution)
    shades = [Patch(color=_shade(space, expand), label=f"expand {expand}") for expand in space.expands]
    handles = [Patch(color=LIGHT.fixed, label="in every subnet"), *shades]
    figure.legend(handles=handles, loc="outside lower center", ncols=5, frameon=False, fontsize=9)
    return figure


def _positions(space: SearchSpace, resolution: int) -> Iterator[_Position]:
    stem, first = space.opening_layers(resolution)
    head, pool, feature = space.closing_layers(resolution)
    yield _Position("stem", ((None, stem),))
    yield _Position("first", ((None, first),))
    for group in range(len(space.groups)):
        for opens in (True, False) if space.max_depth > 1 else (True,):
            layers = tuple((block, space.block_layer(group, opens, block, resolution)) for block in space.choices)
            yield _Position(f"group {group + 1}\n{'first block' if opens else 'later blocks'}", layers)
    for label, layer in (("head", head), ("pool", pool), ("feature", feature)):
        yield _Position(label, ((None, layer),))


class _Pen:
    """Draws from left to right and keeps the labels for the end."""

    def __init__(self, axes: Axes, space: SearchSpace, entries: Mapping[str, Latency]) -> None:
        self._axes, self._space, self._entries = axes, space, entries
        self._x = 0.0
        self._places: list[tuple[float, str]] = []
        self._kernels: list[tuple[float, str]] = []

    def position(self, position: _Position) -> None:
        start, kernel, first = self._x, None, self._x
        for block, layer in position.layers:
            if block and kernel not in (None, block.kernel):
                self._kernels.append(((first + self._x - 1) / 2, str(kernel)))
                self._x += _KERNEL_GAP
                first = self._x
            kernel = block.kernel if block else None
            self._bar(block, layer)
        if kernel is not None:
            self._kernels.append(((first + self._x - 1) / 2, str(kernel)))
        self._places.append(((start + self._x - 1) / 2, position.label))
        self._x += _POSITION_GAP if len(position.layers) > 1 else _FIXED_GAP

    def label_axes(self, resolution: int) -> None:
        axes = self._axes
        axes.xaxis.remove_overlapping_locs = False  # the middle kernel stands right above the position's label
        axes.set_xticks([x for x, _ in self._places], [label for _, label in self._places], color=LIGHT.ink)
        axes.set_xticks([x for x, _ in self._kernels], [kernel for _, kernel in self._kernels], minor=True)
        axes.tick_params(axis="x", which="minor", length=0, labelsize=7.5, labelcolor=LIGHT.muted, pad=2)
        axes.tick_params(axis="x", which="major", pad=15, labelsize=8.5)
        axes.set(xlim=(-2.0, self._x - _POSITION_GAP), ylabel="latency alone, ms")
        axes.set_title(
            f"{resolution} px; below the bars: side of the kernel", color=LIGHT.muted, fontsize=9, loc="left"
        )

    def _bar(self, block: Block | None, layer: Layer) -> None:
        entry = self._entries[layer.name]
        colour = _shade(self._space, block.expand) if block else LIGHT.fixed
        self._axes.bar(self._x, entry.ms, width=_BAR, color=colour)
        top_ms = entry.ms * (1 + entry.spread_percent / 100)
        self._axes.plot([self._x, self._x], [entry.ms, top_ms], color=LIGHT.muted, linewidth=0.8)
        self._x += 1


def _shade(space: SearchSpace, expand: int) -> str:
    return LIGHT.expand_shade(space.expand_rank(expand))
