"""Subnets of several devices drawn one below the other, position by position, differences marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from facefit.report.drawing import new_figure
from facefit.report.fleet import choices, differing
from facefit.report.palette import LIGHT
from facefit.space import Block, SearchSpace, Subnet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW, _CELL, _GROUP_GAP, _PIXELS = 0.62, 0.43, 0.16, 0.62  # inches
_TOP, _BOTTOM, _LETTER = 0.62, 0.34, 0.085
_TALLEST, _WIDEST = 0.9, 0.88
"""Shares of a row and of a cell that the largest kernel and the largest expand ratio take."""


def fleet_figure(space: SearchSpace, names: Sequence[str], subnets: Sequence[Subnet]) -> Figure:
    """A row for each device, a column for the resolution and for each position; a mark above where rows differ.

    Height is the kernel, width and shade the expand ratio; a dash is a position that the subnet skips.
    """
    label = 0.3 + _LETTER * max(map(len, names))
    inside = _PIXELS + space.positions * _CELL + len(space.groups) * _GROUP_GAP
    size = (label + inside + 0.1, _TOP + len(names) * _ROW + _BOTTOM)
    figure = new_figure(*size)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, size[0]), ylim=(size[1], 0))
    axes.set_axis_off()
    pen = _Pen(axes, space, [label + _PIXELS + _CELL * i + _GROUP_GAP * (i // space.max_depth + 1)
                             for i in range(space.positions)])  # fmt: skip
    pen.marks(label, subnets)
    for row, (name, subnet) in enumerate(zip(names, subnets, strict=True)):
        pen.row(row, name, label, subnet)
    legend = (
        "in a block: kernel side, below it the expand ratio; a dash: skipped; shaded columns and marks: devices differ"
    )
    axes.text(0.1, size[1] - 0.12, legend, va="center", fontsize=7.5, color=LIGHT.muted)
    return figure


class _Pen:
    """Draws on axes in inches, from the top; `columns` are the left sides of the positions."""

    def __init__(self, axes: Axes, space: SearchSpace, columns: Sequence[float]) -> None:
        self._axes, self._space, self._columns = axes, space, columns

    def marks(self, label: float, subnets: Sequence[Subnet]) -> None:
        """Names of the columns, and which of them differ."""
        height = len(subnets) * _ROW
        self._heading(label + _PIXELS / 2, "px")
        if len({subnet.resolution for subnet in subnets}) > 1:
            self._mark(label, _PIXELS, height)
        for i, (x, differ) in enumerate(zip(self._columns, differing(self._space, subnets), strict=True)):
            group, place = divmod(i, self._space.max_depth)
            if place == 0:
                self._heading(x + self._space.max_depth * _CELL / 2, f"group {group + 1}")
            if differ:
                self._mark(x, _CELL, height)

    def row(self, row: int, name: str, label: float, subnet: Subnet) -> None:
        middle = _TOP + (row + 0.5) * _ROW
        self._text(label - 0.12, middle, name, ha="right", fontsize=9, color=LIGHT.ink)
        self._text(label + _PIXELS / 2, middle, f"{subnet.resolution}", fontsize=9, color=LIGHT.ink)
        for x, block in zip(self._columns, choices(self._space, subnet), strict=True):
            if block is None:
                self._text(x + _CELL / 2, middle, "\u2013", fontsize=9, color=LIGHT.muted)
            else:
                self._block(x, middle, block)

    def _block(self, x: float, middle: float, block: Block) -> None:
        from matplotlib.patches import Rectangle

        height = _ROW * _TALLEST * (0.55 + 0.45 * block.kernel / max(self._space.kernels))
        width = _CELL * _WIDEST * (0.4 + 0.6 * block.expand / max(self._space.expands))
        rank = self._space.expand_rank(block.expand)
        corner = (x + (_CELL - width) / 2, middle - height / 2)
        self._axes.add_patch(Rectangle(corner, width, height, facecolor=LIGHT.expand_shade(rank)))
        ink = LIGHT.on_high if rank > 0.75 else LIGHT.ink
        for text, dy in ((f"{block.kernel}", -0.085), (f"x{block.expand}", 0.085)):
            self._text(x + _CELL / 2, middle + dy, text, fontsize=8, color=ink)

    def _mark(self, x: float, width: float, height: float) -> None:
        from matplotlib.patches import Rectangle

        self._axes.add_patch(Rectangle((x, _TOP - 0.05), width, height + 0.1, facecolor=LIGHT.band))
        self._axes.plot(x + width / 2, _TOP - 0.16, "v", ms=5, color=LIGHT.chosen, mec=LIGHT.chosen)

    def _heading(self, x: float, text: str) -> None:
        self._text(x, _TOP - 0.38, text, fontsize=8.5, color=LIGHT.muted)

    def _text(self, x: float, y: float, text: str, *, fontsize: float, color: str, ha: str = "center") -> None:
        self._axes.text(x, y, text, ha=ha, va="center", fontsize=fontsize, color=color)
