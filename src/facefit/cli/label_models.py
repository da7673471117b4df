"""What `facefit label` learns besides labels: batch-norm statistics of any subnet, and thresholds of identity."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facefit.cli.output import progress_bar
from facefit.errors import ArtifactError
from facefit.faces.alignment import MATCH_VIEW
from facefit.space import SearchSpace
from facefit.space.population import Genes, encode
from facefit.weights.statistics import PredictionCost, StatisticsModel

if TYPE_CHECKING:
    from facefit.cli.faces import Parts
    from facefit.faces.subnet_thresholds import ViewThresholds
    from facefit.labels.store import Labels
    from facefit.labels.workers import Work


def learn_statistics(path: Path, work: Work, observed: int, judged: int, seed: int) -> tuple[StatisticsModel, str]:
    """Those in the file if they are there already, else learnt and written; judged on other subnets if they are not.

    Says as well, in words, what they cost and what was done. Raises `ArtifactError` if the file is damaged or belongs
    to other work.
    """
    kept = _kept(path, work) if path.exists() else None
    if kept and kept.cost:
        return kept, _told(kept, f"kept {path}, where --observed and --judged change nothing")
    rng = np.random.default_rng([seed, 1])
    genes = _to_observe(work.net.space, observed, rng)
    model = kept or _learnt(path, work, genes)
    model = replace(model, cost=_judged(model, work, genes, judged, rng))
    model.save(path)
    return model, _told(model, f"judged those in {path}, where --observed changes nothing" if kept else f"wrote {path}")


def learn_unjudged(path: Path, work: Work, observed: int, seed: int) -> None:
    """Writes statistics that `learn_statistics` goes on with, as if it had been interrupted before it judged them."""
    _learnt(path, work, _to_observe(work.net.space, observed, np.random.default_rng([seed, 1])))


def _told(model: StatisticsModel, done: str) -> str:
    return f"predicting batch-norm statistics costs {model.cost}; {done}"


def _kept(path: Path, work: Work) -> StatisticsModel:
    try:
        model = StatisticsModel.load(path, work.net.space)
    except ArtifactError as error:
        raise ArtifactError(f"{error}: move it away, then call 'facefit label'") from error
    if model.source != work.fingerprint():
        raise ArtifactError(
            f"{path}: statistics of another SuperNet or other photos; move the file away to learn new ones"
        )
    return model


def _learnt(path: Path, work: Work, genes: Genes) -> StatisticsModel:
    """As it is in the file, which holds it before it is judged: judging can be interrupted, and takes long."""
    from facefit.labels.statistics import observe_statistics

    with progress_bar(f"observing statistics of {len(genes)} subnets") as report:
        seen = observe_statistics(work.net, genes, work.calibration, report)
    replace(StatisticsModel.fit(work.net.space, genes, seen), source=work.fingerprint()).save(path)
    return StatisticsModel.load(path, work.net.space)


def _judged(model: StatisticsModel, work: Work, genes: Genes, judged: int, rng: np.random.Generator) -> PredictionCost:
    """What they cost subnets that are not among `genes`, graded ones, which reach the fast end, where limits lie.

    Nor are they the ends of the space, which are learnt from whenever many are observed, as another call may have done.
    """
    from facefit.labels.plan import graded_labels, smallest_and_largest
    from facefit.labels.statistics import statistics_cost

    learnt = {gene.tobytes() for gene in genes}
    ends = {gene.tobytes() for gene in smallest_and_largest(work.net.space)} - learnt
    drawn_anew = graded_labels(work.net.space, judged + len(genes) + len(ends), rng)
    others = np.stack([gene for gene in drawn_anew if gene.tobytes() not in learnt | ends][:judged])
    with progress_bar(f"judging predicted statistics on {judged} other subnets") as report:
        cost = statistics_cost(work.net, model, others, work.calibration, work.search_split, report)
    return cost.summary(work.search_split)


def _to_observe(space: SearchSpace, observed: int, rng: np.random.Generator) -> Genes:
    """Graded subnets reach the fast end, uniform ones vary the early blocks, and the largest shows every channel."""
    from facefit.labels.plan import graded_labels, uniform_labels

    drawn = uniform_labels(space, observed // 2, rng), graded_labels(space, observed - observed // 2, rng)
    return np.concatenate([encode(space, [space.largest]), *drawn])


def learn_thresholds(
    path: Path, work: Work, statistics: StatisticsModel, parts: Parts, labels: Labels, asked: int, seed: int
) -> str:
    """Writes the similarities from which faces pass as one person, and says what they are; `asked` subnets tell."""
    from facefit.labels.asked_subnets import asked_subnets
    from facefit.labels.thresholds import learn_thresholds as learnt

    genes = asked_subnets(labels, asked, np.random.default_rng([seed, 2]))
    with progress_bar(f"finding thresholds with {asked} subnets") as report:
        found = learnt(work.net, statistics, genes, parts.portraits, report)
    found.save(path)
    rates = "; ".join(f"{view} {_rates(of_view)}" for view, of_view in found.views.items())
    return f"cosine thresholds by {asked} subnets: {rates}; {found.views[MATCH_VIEW].calibrated_on}; wrote {path}"


def _rates(of_view: ViewThresholds) -> str:
    return ", ".join(
        f"{figure.range[0]:.3f} to {figure.range[1]:.3f} at FAR {far} (error on subnets left out {figure.error:.3f})"
        for far, figure in of_view.thresholds.items()
    )
