"""From a matplotlib figure to a file, or to SVG that sits inside a page and follows its theme.

The room imports matplotlib where it draws, not above: that takes most of a second, and most commands draw nothing.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from facefit.artifacts import write_bytes
from facefit.errors import InputError
from facefit.report.palette import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PNG_DPI = 200


def new_figure(width_inches: float, height_inches: float) -> Figure:
    """An empty figure on the light surface, laid out so that no text is cut off."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_inches, height_inches), layout="constrained", facecolor=LIGHT.surface)
    FigureCanvasAgg(figure)
    return figure


def calm_axes(axes: Axes) -> None:
    """A quiet frame: no box, a light grid behind, muted ticks."""
    axes.set_facecolor(LIGHT.surface)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(LIGHT.grid)
    axes.tick_params(colors=LIGHT.muted, labelsize=9, length=0)
    axes.xaxis.label.set(color=LIGHT.muted, fontsize=9.5)
    axes.yaxis.label.set(color=LIGHT.muted, fontsize=9.5)


def save_figure(figure: Figure, path: Path) -> None:
    """Writes `.svg` or `.png` (200 dots per inch), whole or not at all; `InputError` for any other ending."""
    check_figure_name(path)
    write_bytes(path, _rendered(figure, path.suffix.lower()[1:], path.stem))


def check_figure_name(path: Path) -> None:
    """Raises `InputError` if `save_figure` could not write it."""
    if path.suffix.lower() not in (".svg", ".png"):
        raise InputError(f"{path}: cannot draw a '{path.suffix}' file; expected a name ending in .svg or .png")


def inline_svg(figure: Figure, name: str, description: str) -> str:
    """An `<svg>` element without a fixed size; `name` keeps its ids apart from those of others on the page."""
    svg = _rendered(figure, "svg", name).decode()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r"<svg ", f'<svg role="img" aria-label={quoteattr(description)} ', svg, count=1)
    svg = re.sub(r'(<svg [^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg [^>]*?) height="[^"]*"', r"\1", svg, count=1)
    return LIGHT.themed(svg)


def _rendered(figure: Figure, form: str, salt: str) -> bytes:
    import matplotlib
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_parse_math(False)  # a class may be called $x$
    buffer, metadata = io.BytesIO(), {"Date": None} if form == "svg" else {"Software": None}
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": salt, "font.family": "sans-serif"}):
        figure.savefig(buffer, format=form, dpi=_PNG_DPI, metadata=metadata)
    return buffer.getvalue()
