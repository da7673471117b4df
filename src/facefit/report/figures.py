"""Figures of a run: the confusion matrix, everything that was searched, and latencies foretold and measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.report.drawing import calm_axes, new_figure
from facefit.report.palette import LIGHT
from facefit.report.run import FinalistRow, Reference, SearchedPoints
from facefit.report.view import milliseconds
from facefit.space import Subnet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_GRID = (150, 110)
"""Dots of the cloud that fall into the same cell of this grid are drawn once: they would hide one another anyway."""


def confusion_figure(confusion: NDArray[np.int64], classes: Sequence[str], title: str = "") -> Figure:
    """Confusion matrix, int (classes, classes): true classes in rows, answers in columns.

    Cells are shaded by their share of the row and hold that share in percent; counts of a row stand at its right.
    """
    side = len(classes)
    if confusion.shape != (side, side) or not side:
        raise InputError(
            f"confusion matrix is {confusion.shape} for {side} classes; expected a row and column for each"
        )
    totals = confusion.sum(axis=1)
    shares = confusion / np.maximum(totals, 1)[:, None]
    figure = new_figure(1.9 + 0.52 * side, 1.5 + 0.46 * side)
    axes = figure.add_subplot()
    calm_axes(axes)
    axes.spines[:].set_visible(False)
    for i, j in np.ndindex(side, side):
        _confusion_cell(axes, i, j, float(shares[i, j]), int(confusion[i, j]))
    axes.set(xlim=(-0.5, side - 0.5), ylim=(side - 0.5, -0.5), xlabel="answer", ylabel="true class")
    axes.set_xticks(range(side), classes, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(side), classes)
    counts = axes.secondary_yaxis("right")
    counts.set_yticks(range(side), [f"n = {total}" for total in totals])
    counts.tick_params(colors=LIGHT.muted, labelsize=8, length=0)
    counts.spines[:].set_visible(False)
    axes.set_title(title, color=LIGHT.ink, fontsize=10, loc="left")
    return figure


def _confusion_cell(axes: Axes, row: int, column: int, share: float, count: int) -> None:
    from matplotlib.patches import Rectangle

    at = (column - 0.47, row - 0.47)
    axes.add_patch(Rectangle(at, 0.94, 0.94, facecolor=LIGHT.band, edgecolor="none"))
    axes.add_patch(Rectangle(at, 0.94, 0.94, facecolor=LIGHT.expand_high, edgecolor="none", alpha=share))
    if count:
        label = f"{100 * share:.0f}" if share >= 0.005 else "<1"
        colour = LIGHT.on_high if share > 0.55 else LIGHT.ink
        axes.text(column, row, label, ha="center", va="center", fontsize=8.5, color=colour)


def search_figure(
    searched: SearchedPoints, chosen: FinalistRow, limit_ms: float | None, reference: Reference | None = None
) -> Figure:
    """Predicted latency against predicted accuracy of everything searched.

    The Pareto front is a line, the chosen subnet a star; limit and reference network stand as vertical lines.
    """
    figure = new_figure(5.2, 3.9)
    axes = figure.add_subplot()
    calm_axes(axes)
    axes.grid(color=LIGHT.grid, linewidth=0.7)
    latency, percent = searched.latency_ms, 100 * searched.accuracy
    shown = _distinct_cells(latency, percent)
    label = f"searched ({len(latency):,} subnets)"
    axes.scatter(latency[shown], percent[shown], s=7, color=LIGHT.cloud, linewidths=0, label=label)
    front = searched.front[np.argsort(latency[searched.front])]
    axes.plot(latency[front], percent[front], "o-", ms=3.2, lw=1.4, color=LIGHT.front, label="Pareto front")
    if chosen.predicted_accuracy is not None:
        point = (chosen.predicted_ms, 100 * chosen.predicted_accuracy)
        axes.plot(*point, "*", ms=15, color=LIGHT.chosen, mec=LIGHT.surface, label="chosen", ls="none", zorder=5)
    _vertical_lines(axes, limit_ms, reference)
    axes.set(xlabel="predicted latency, ms", ylabel="predicted accuracy, %")
    _legend(figure, axes)
    return figure


def latency_figure(
    rows: Sequence[FinalistRow], chosen: Subnet, limit_ms: float | None, reference: Reference | None = None
) -> Figure:
    """Latency as predicted (ring) and as measured (dot) of each row, and of the reference.

    Rows keep their numbers, from 1; of several, only the chosen one and those that were measured are drawn.
    """
    drawn = [i for i, row in enumerate(rows) if row.subnet == chosen or row.measured_ms is not None]
    names = [f"{i + 1}, chosen" if rows[i].subnet == chosen else f"{i + 1}" for i in drawn]
    names += [reference.name] if reference else []
    figure = new_figure(5.2, 1.15 + 0.34 * len(names))
    axes = figure.add_subplot()
    calm_axes(axes)
    axes.grid(axis="x", color=LIGHT.grid, linewidth=0.7)
    for i, row in enumerate(rows[j] for j in drawn):
        colour = LIGHT.chosen if row.subnet == chosen else LIGHT.front
        if row.measured_ms is not None:
            axes.plot([row.predicted_ms, row.measured_ms], [i, i], "-", lw=1.2, color=colour)
            axes.plot(row.measured_ms, i, "o", ms=6.5, color=colour, mec=colour)
        axes.plot(row.predicted_ms, i, "o", ms=9, mfc="none", mec=colour, mew=1.4)
    if reference:
        axes.plot(reference.ms, len(drawn), "D", ms=6, color=LIGHT.reference)
    axes.plot([], [], "o", ms=9, mfc="none", mec=LIGHT.muted, mew=1.4, label="predicted")
    axes.plot([], [], "o", ms=6.5, color=LIGHT.muted, label="measured")
    axes.set_xlim(left=0)
    _vertical_lines(axes, limit_ms, None)
    axes.set_yticks(range(len(names)), names, color=LIGHT.ink)
    axes.set(ylim=(len(names) - 0.4, -0.6), xlabel="latency, ms")
    _legend(figure, axes)
    return figure


def _vertical_lines(axes: Axes, limit_ms: float | None, reference: Reference | None) -> None:
    """Limit and reference, their labels on top; neighbours lean away from each other."""
    from matplotlib.transforms import blended_transform_factory

    lines = [(limit_ms, "limit", LIGHT.ink, "--")] if limit_ms is not None else []
    if reference:
        lines.append((reference.ms, reference.name, LIGHT.reference, ":"))
    lines.sort(key=lambda line: line[0])
    for at_ms, _, colour, style in lines:
        axes.axvline(at_ms, color=colour, linestyle=style, linewidth=1.2)
    left, right = axes.get_xlim()
    right = max(right, *(left + (at_ms - left) / 0.95 for at_ms, *_ in lines)) if lines else right
    axes.set_xlim(right=right)  # a label outside would leave no room for the axes
    crowded = len(lines) == 2 and lines[1][0] - lines[0][0] < 0.22 * (right - left)
    place = blended_transform_factory(axes.transData, axes.transAxes)
    for (at_ms, label, colour, _), lean in zip(lines, ("right", "left"), strict=False):
        text, side = f"{label}\n{milliseconds(at_ms)}", lean if crowded else "center"
        axes.text(at_ms, 1.01, text, transform=place, ha=side, va="bottom", color=colour, fontsize=8.5)


def _legend(figure: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=9, labelcolor=LIGHT.ink)


def _distinct_cells(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.intp]:
    """One index for each cell of the drawing that holds a point."""
    cells = [
        np.floor((v - v.min()) / max(float(np.ptp(v)), 1e-12) * (cells - 1)).astype(np.int64)
        for v, cells in zip((x, y), _GRID, strict=True)
    ]
    return np.unique(cells[0] * _GRID[1] + cells[1], return_index=True)[1]
