"""What `facefit label` learns besides labels: batch-norm statistics of any subnet, and thresholds of identity."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facefit.cli.output import progress_bar
from facefit.errors import ArtifactError
from facefit.space.population import encode
from facefit.weights.statistics import StatisticsModel

if TYPE_CHECKING:
    from facefit.labels.workers import Work


def learn_statistics(path: Path, work: Work, observed: int, judged: int, seed: int) -> StatisticsModel:
    """Those in the file if they are there already, else learnt, judged on other subnets, and written.

    They are judged on subnets that reach the fast end, where limits lie.
    """
    from facefit.labels.plan import graded_labels, uniform_labels
    from facefit.labels.statistics import observe_statistics, statistics_cost

    net, space, source = work.net, work.net.space, work.fingerprint()
    if path.exists():
        kept = StatisticsModel.load(path, space)
        if kept.source != source:
            raise ArtifactError(
                f"{path}: statistics of another SuperNet or other photos; move the file away to learn new ones"
            )
        return kept
    rng = np.random.default_rng([seed, 1])
    # Graded subnets reach the fast end, uniform ones vary the early blocks, and the largest shows every channel.
    drawn = uniform_labels(space, observed // 2, rng), graded_labels(space, observed - observed // 2, rng)
    genes = np.concatenate([encode(space, [space.largest]), *drawn])
    with progress_bar(f"observing statistics of {len(genes)} subnets") as report:
        model = StatisticsModel.fit(space, genes, observe_statistics(net, genes, work.calibration, report))
    learnt = {gene.tobytes() for gene in genes}
    drawn_anew = graded_labels(space, judged + len(genes), rng)
    others = np.stack([gene for gene in drawn_anew if gene.tobytes() not in learnt][:judged])
    with progress_bar(f"judging predicted statistics on {judged} other subnets") as report:
        cost = statistics_cost(net, model, others, work.calibration, work.search_split, report)
    model = replace(model, cost=cost.summary(work.search_split), source=source)
    model.save(path)
    return model


def learn_thresholds(path: Path, work: Work, statistics: StatisticsModel, judged: int, seed: int) -> str:
    """Writes the similarities from which faces pass as one person, and says what they are."""
    from facefit.labels.plan import graded_labels
    from facefit.labels.thresholds import observe_thresholds

    genes = graded_labels(work.net.space, judged, np.random.default_rng([seed, 2]))
    with progress_bar(f"finding thresholds with {judged} subnets") as report:
        found = observe_thresholds(work.net, statistics, genes, work.search_split, report)
    found.save(path)
    rates = ", ".join(
        f"{value:.3f} +- {found.deviation[far]:.3f} at FAR {far} (TAR {100 * found.tar[far]:.1f} %)"
        for far, value in found.cosine.items()
    )
    return f"cosine thresholds {rates}; {found.calibrated_on}; wrote {path}"
