"""Table 3 as a figure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from table3_methods import OURS, PAPER, THEIRS
from table3_results import MEASURED

from facefit.report.drawing import calm_axes, new_figure, save_figure
from facefit.report.palette import LIGHT

_STYLES = {
    THEIRS: (LIGHT.chosen, "o"),
    PAPER: (LIGHT.cloud, "s"),
    OURS: (LIGHT.front, "D"),
    MEASURED: (LIGHT.reference, "^"),
}


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """Accuracy on the second split over limits, a panel for each profile, with all labels."""
    whole = [row for row in rows if row["share"] == max(r["share"] for r in rows)]
    profiles, limits = (list(dict.fromkeys(row[key] for row in whole)) for key in ("profile", "limit"))
    drawn = [method for method in _STYLES if any(row["method"] == method for row in whole)]
    figure = new_figure(max(3.2 * len(profiles), 4.6) + 0.6, 3.7)
    for panel, profile in enumerate(profiles):
        axes = figure.add_subplot(1, len(profiles), panel + 1)
        calm_axes(axes)
        axes.grid(color=LIGHT.grid, linewidth=0.7, axis="y")
        for place, method in enumerate(drawn):
            colour, marker = _STYLES[method]
            own = {row["limit"]: row["second"] for row in whole if (row["profile"], row["method"]) == (profile, method)}
            at = [i for i, limit in enumerate(limits) if limit in own]
            means, lows, highs = (np.array([own[limits[i]][k] for i in at]) for k in range(3))
            x = np.array(at) + 0.16 * (place - (len(drawn) - 1) / 2)
            axes.errorbar(x, means, [means - lows, highs - means], color=colour, marker=marker, capsize=2,
                          linestyle="none", label=method)  # fmt: skip
        axes.set_xticks(range(len(limits)), limits)
        axes.set_title(profile, fontsize=9.5, color=LIGHT.ink)
        axes.set_xlabel("limit, EfficientNet-B0 = 1")
        if panel == 0:
            axes.set_ylabel("accuracy on FER2013Valid, %")
            figure.legend(loc="outside lower center", ncols=len(drawn), frameon=False, fontsize=8)
    save_figure(figure, path)
