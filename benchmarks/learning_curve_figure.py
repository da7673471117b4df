"""Learning curves as a table and as a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossed import told
from epoch_curves import accuracies, by_phase

from facefit.evaluation.bootstrap import Estimate
from facefit.report.drawing import calm_axes, new_figure, save_figure
from facefit.report.palette import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = (LIGHT.front, LIGHT.reference, LIGHT.chosen, LIGHT.muted)
Curves = Mapping[str, Mapping[str, Any]]
Rows = Sequence[Mapping[str, Any]]


def shares_markdown(rows: Rows, equal: str) -> str:
    """Percent, and points of difference, with 95 % intervals."""
    titles = ("photos", "epochs", "steps", "on photos learnt from, %", "on the search split, %", "apart, points",
              "more than with the share before, points")  # fmt: skip
    lines = [f"Equal {equal}:", "", f"| {' | '.join(titles)} |", "|" + "---|" * len(titles)]
    for row in rows:
        more, apart = row["search_split"].get("minus_share_before"), row["learnt_minus_search_split"]
        cells = (
            f"{row['photos']} ({100 * row['share']:g} %)", str(row["epochs"]), str(row["steps"]),
            _accuracy(row["learnt"]), _accuracy(row["search_split"]),
            _difference(apart["value"], apart["interval"]),
            _difference(more["difference"], more["interval"]) if more else "",
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _accuracy(figure: Mapping[str, Any]) -> str:
    return told(Estimate(figure["accuracy"], tuple(figure["interval"])))


def _difference(value: float, interval: Sequence[float]) -> str:
    return told(Estimate(value, (interval[0], interval[1])), sign="+")


def draw(curves: Curves, rows: Rows, equal: str, path: Path) -> None:
    """Loss and accuracy over steps, where there are runs, and accuracy over photos, where there are shares."""
    panels = (2 if curves else 0) + (1 if rows else 0)
    figure = new_figure(4.0 * panels, 3.4)
    axes = [figure.add_subplot(1, panels, i + 1) for i in range(panels)]
    for one in axes:
        calm_axes(one)
        one.grid(color=LIGHT.grid, linewidth=0.7)
    if curves:
        _draw_epochs(axes[0], axes[1], curves)
    if rows:
        _draw_shares(axes[-1], rows, equal)
    save_figure(figure, path)


def _draw_epochs(loss: Axes, accuracy: Axes, curves: Curves) -> None:
    for i, (name, curve) in enumerate(curves.items()):
        rows, colour = curve["rows"], COLOURS[i % len(COLOURS)]
        steps = [row["step"] for row in rows]
        loss.plot(steps, [row["loss"] for row in rows], "-", color=colour, linewidth=1.4, label=name)
        for who, line in zip(accuracies(rows), ("-", "--", ":"), strict=False):
            for number, phase in enumerate(by_phase(rows)):
                accuracy.plot([row["step"] for row in phase], [100 * row[who] for row in phase], line, color=colour,
                              marker=".", linewidth=1.4, label=None if number else f"{name}, {who}")  # fmt: skip
    loss.set(xlabel="steps", ylabel="loss while learning")
    accuracy.set(xlabel="steps", ylabel="accuracy on the search split, %")
    for axes in (loss, accuracy):
        axes.legend(frameon=False, fontsize=8)


def _draw_shares(axes: Axes, rows: Rows, equal: str) -> None:
    photos = [row["photos"] for row in rows]
    for key, title, colour, marker in (
        ("learnt", "photos learnt from", LIGHT.reference, "s"),
        ("search_split", "search split", LIGHT.front, "o"),
    ):
        values = [100 * row[key]["accuracy"] for row in rows]
        below = [value - 100 * row[key]["interval"][0] for value, row in zip(values, rows, strict=True)]
        above = [100 * row[key]["interval"][1] - value for value, row in zip(values, rows, strict=True)]
        axes.errorbar(photos, values, [below, above], color=colour, marker=marker, capsize=2, linewidth=1.4,
                      markersize=4, label=title)  # fmt: skip
    axes.set_xscale("log")
    axes.set_xticks(photos, [f"{n:,}" for n in photos])
    axes.set_xticks([], minor=True)
    axes.set(xlabel=f"photos to learn from, equal {equal}", ylabel="accuracy, %")
    axes.legend(frameon=False, fontsize=8)
