"""The README's figure: accuracy against measured latency of what is handed over within limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from facefit.fit.retiming import REFERENCE
from facefit.report.drawing import calm_axes, new_figure, save_figure
from facefit.report.palette import LIGHT


def draw(rows: list[dict[str, Any]], beside: list[dict[str, Any]], path: Path) -> None:
    figure = new_figure(6.4, 3.6)
    axes = figure.add_subplot()
    calm_axes(axes)
    axes.grid(color=LIGHT.grid, linewidth=0.7)
    axes.axvline(1, color=LIGHT.reference, linestyle=":", linewidth=1.2)
    axes.text(1, 1.01, REFERENCE, transform=axes.get_xaxis_transform(), ha="center", va="bottom", color=LIGHT.reference)
    axes.errorbar(*points(rows), color=LIGHT.front, marker="o", capsize=3, linewidth=1.5)
    if beside:
        axes.errorbar(*points(beside), color=LIGHT.reference, marker="s", capsize=3, linestyle="none")
        (x,), (y,), _ = points(beside)
        axes.annotate("trained alike", (x, y), xytext=(7, 0), textcoords="offset points", va="center",
                      color=LIGHT.reference, fontsize=9)  # fmt: skip
    for i, row in enumerate(rows):  # above and below in turn, since limits may lie close
        above, at = i % 2 == 0, row["ratio_to_efficientnet_b0"]
        end = 100 * row["interval"][above]
        axes.annotate(str(row["limit"]), (at, end), xytext=(0, 5 if above else -5), textcoords="offset points",
                      ha="center", va="bottom" if above else "top", color=LIGHT.muted, fontsize=9,
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
    axes.margins(y=0.12)
    axes.set_xlabel("measured latency, EfficientNet-B0 = 1")
    axes.set_ylabel("accuracy on FER2013Valid, %")
    save_figure(figure, path)


def points(rows: list[dict[str, Any]]) -> tuple[list[float], list[float], list[list[float]]]:
    """Places along both axes, and how far intervals reach down and up."""
    x, y = [row["ratio_to_efficientnet_b0"] for row in rows], [100 * row["accuracy"] for row in rows]
    return x, y, [[abs(100 * row["interval"][i] - at) for row, at in zip(rows, y, strict=True)] for i in (0, 1)]
