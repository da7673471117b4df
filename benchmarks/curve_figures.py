"""What learning curves say: means over seeds, over the space and in each latency band, and their figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from over_seeds import mean_interval

from facefit.report.drawing import calm_axes, new_figure, save_figure
from facefit.report.palette import LIGHT

JUDGED = ("pair_accuracy", "kendall_tau", "regret")
FIGURES = {
    "pair_accuracy": "pairs in order",
    "kendall_tau": "Kendall tau over the space",
    "kendall_tau_in_bands": "Kendall tau inside bands",
    "regret_in_bands": "regret inside bands, points",
}
"""Panels; inside bands the mean over bands, and from which band to which it reaches."""
COLOURS = (LIGHT.cloud, LIGHT.muted, LIGHT.front, LIGHT.reference, LIGHT.chosen)
MARKERS = "osD^v"


def summary(judged: Sequence[Mapping[str, Any]], edges_ms: NDArray[np.float64]) -> list[dict[str, Any]]:
    """For each surrogate and number of labels: over the space, over the bands on average, and in each band.

    In each band with the mean number of held-out labels, and None where no seed had enough of them.
    """
    groups: dict[tuple[str, int], list[Mapping[str, Any]]] = {}
    for one in judged:
        groups.setdefault((one["surrogate"], one["labels"]), []).append(one)
    rows = []
    for (name, size), several in groups.items():
        of_bands = list(zip(*(one["bands"] for one in several), strict=True))
        bands = [
            {"from_ms": low, "to_ms": high, "n": float(np.mean([one["n"] for one in band]))}
            | {key: _over_seeds([one[key] for one in band]) for key in JUDGED}
            for low, high, band in zip(edges_ms[:-1].tolist(), edges_ms[1:].tolist(), of_bands, strict=True)
        ]
        whole = {key: _over_seeds([one["whole"][key] for one in several]) for key in JUDGED}
        means = {
            f"{key}_in_bands": _over_seeds([_mean([band[key] for band in one["bands"]]) for one in several])
            for key in JUDGED
        }
        n = float(np.mean([one["whole"]["n"] for one in several]))
        rows.append({"surrogate": name, "labels": size, "held_out": n} | whole | means | {"bands": bands})
    return rows


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _over_seeds(values: Sequence[float | None]) -> tuple[float, float, float] | None:
    known = [value for value in values if value is not None]
    return mean_interval(known) if known else None


def draw(rows: Sequence[Mapping[str, Any]], noise: Mapping[str, Any], path: Path) -> None:
    figure = new_figure(8.4, 5.6)
    for panel, (key, title) in enumerate(FIGURES.items()):
        axes = figure.add_subplot(2, 2, panel + 1)
        calm_axes(axes)
        axes.grid(color=LIGHT.grid, linewidth=0.7)
        for i, name in enumerate(dict.fromkeys(row["surrogate"] for row in rows)):
            own = [row for row in rows if row["surrogate"] == name and row[key] is not None]
            if not own:
                continue
            sizes = [row["labels"] for row in own]
            mean, low, high = (np.array([row[key][k] for row in own]) for k in range(3))
            axes.errorbar(sizes, mean, [mean - low, high - mean], color=COLOURS[i], marker=MARKERS[i], capsize=2,
                          linewidth=1.4, markersize=4, label=name)  # fmt: skip
            if key.endswith("_in_bands"):
                reach = np.array([_reach(row["bands"], key.removesuffix("_in_bands")) for row in own])
                axes.fill_between(sizes, reach[:, 0], reach[:, 1], color=COLOURS[i], alpha=0.1, linewidth=0)
        if key in noise:
            axes.axhline(noise[key], color=LIGHT.ink, linestyle=":", linewidth=1)
            axes.text(0, noise[key], " ceiling by label noise", transform=axes.get_yaxis_transform(), fontsize=8,
                      va="bottom", color=LIGHT.muted)  # fmt: skip
        _label(axes, sorted({row["labels"] for row in rows}), title)
        if panel == 0:
            axes.legend(fontsize=8, facecolor="white", edgecolor="none", framealpha=1)
    save_figure(figure, path)


def _reach(bands: Sequence[Mapping[str, Any]], key: str) -> tuple[float, float]:
    """The least and the greatest of the bands."""
    means = [band[key][0] for band in bands if band[key] is not None]
    return min(means), max(means)


def _label(axes: Any, sizes: Sequence[int], title: str) -> None:
    axes.set_xscale("log")
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("labels")
    axes.set_ylabel(title)
