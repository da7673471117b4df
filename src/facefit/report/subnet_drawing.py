"""A subnet drawn as a row of blocks, in running order from the image to the descriptor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from facefit.report.drawing import new_figure
from facefit.report.palette import LIGHT
from facefit.space import Block, InvertedResidual, SearchSpace, Subnet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_POINTS_PER_INCH = 72.0
_UNIT = 5.2  # points of width per unit of expansion
_TALL, _KERNEL = 20.0, 8.0  # points of height: base, and per unit of kernel
_GAP, _PAD, _BETWEEN = 4.0, 7.0, 8.0
_MIDDLE, _TOP, _BOTTOM = 92.0, 138.0, 26.0
_FIXED_WIDTH = 40.0


def subnet_figure(space: SearchSpace, subnet: Subnet) -> Figure:
    """Height is the kernel, width and shade the expand ratio; a box is a group, with its width, map size and stride."""
    space.check(subnet)
    width = _width(subnet)
    figure = new_figure(width / _POINTS_PER_INCH, (_TOP + _BOTTOM) / _POINTS_PER_INCH)
    pen = _Pen(_point_axes(figure, width), _PAD)
    size, fixed = subnet.resolution, space.opening_layers(subnet.resolution)
    pen.fixed(f"{size} px\nimage", 34)
    pen.fixed(f"stem\n{fixed[0].out_channels} ch\n{fixed[0].output_size} px", 46)
    pen.fixed(f"first\n{fixed[1].out_channels} ch\n{fixed[1].output_size} px", 46)
    layers = iter(space.block_layers(subnet))
    for number, group in enumerate(subnet.groups, 1):
        pen.group(space, number, group, [next(layers) for _ in group])
    head, _, feature = space.closing_layers(subnet.resolution)
    pen.fixed(f"head\n{head.out_channels} ch\n{head.output_size} px", 58)
    pen.fixed(f"descriptor\n{feature.out_channels}", 58)
    legend = (
        "in a block: kernel side, below it the expand ratio; px: side of the map that leaves; SE: squeeze-and-excite"
    )
    pen.axes.text(_PAD, -14, legend, ha="left", va="center", fontsize=7.5, color=LIGHT.muted)
    return figure


def _width(subnet: Subnet) -> float:
    """Points that the drawing needs."""
    fixed = 5 * (_FIXED_WIDTH + _BETWEEN)
    return fixed + 2 * _PAD + sum(_group_width(group) + _BETWEEN for group in subnet.groups)


def _group_width(group: tuple[Block, ...]) -> float:
    return 2 * _PAD + sum(_UNIT * block.expand for block in group) + _GAP * (len(group) - 1)


def _point_axes(figure: Figure, width: float) -> Axes:
    """Axes over the whole figure whose unit is a point."""
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(-_BOTTOM, _TOP))
    axes.set_axis_off()
    return axes


@dataclass
class _Pen:
    """Draws from left to right."""

    axes: Axes
    x: float

    def fixed(self, text: str, height: float) -> None:
        """A layer that every subnet has."""
        from matplotlib.patches import Rectangle

        self.axes.add_patch(
            Rectangle((self.x + 8, _MIDDLE - height / 2), _FIXED_WIDTH - 16, height, facecolor=LIGHT.fixed)
        )
        self._caption(self.x + _FIXED_WIDTH / 2, text)
        self.x += _FIXED_WIDTH + _BETWEEN

    def group(self, space: SearchSpace, number: int, group: tuple[Block, ...], layers: list[InvertedResidual]) -> None:
        """A box around the blocks of a group."""
        from matplotlib.patches import FancyBboxPatch

        width, first, last = _group_width(group), layers[0], layers[-1]
        box = (self.x + 2, _MIDDLE - 42)
        style = "round,pad=0,rounding_size=5"
        self.axes.add_patch(FancyBboxPatch(box, width - 4, 84, style, facecolor=LIGHT.band, edgecolor=LIGHT.grid))
        x = self.x + _PAD
        for block in group:
            self._block(space, x, block)
            x += _UNIT * block.expand + _GAP
        extra = ", SE" if last.squeeze_channels else ""
        text = f"group {number}{extra}\n{last.out_channels} ch\n{last.output_size} px\nstride {first.stride}"
        self._caption(self.x + width / 2, text)
        self.x += width + _BETWEEN

    def _block(self, space: SearchSpace, x: float, block: Block) -> None:
        from matplotlib.patches import Rectangle

        height = _TALL + _KERNEL * block.kernel
        rank = space.expand_rank(block.expand)
        face, ink = LIGHT.expand_shade(rank), LIGHT.on_high if rank > 0.75 else LIGHT.ink
        width = _UNIT * block.expand
        self.axes.add_patch(Rectangle((x, _MIDDLE - height / 2), width, height, facecolor=face))
        for text, dy in ((f"{block.kernel}", 6.0), (f"x{block.expand}", -6.0)):
            self.axes.text(x + width / 2, _MIDDLE + dy, text, ha="center", va="center", fontsize=8, color=ink)

    def _caption(self, x: float, text: str) -> None:
        title, _, rest = text.partition("\n")
        self.axes.text(x, 38, title, ha="center", va="top", fontsize=8, color=LIGHT.ink)
        self.axes.text(x, 26, rest, ha="center", va="top", fontsize=7.5, color=LIGHT.muted, linespacing=1.35)
