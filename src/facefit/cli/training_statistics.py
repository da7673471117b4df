"""Batch-norm statistics at the end of a training, so that its subnets can be extracted without data."""

from __future__ import annotations

from facefit.bundle import STATISTICS, SUPERNET
from facefit.cli.label_models import learn_unjudged
from facefit.cli.output import Output
from facefit.cli.training_run import TrainingRun
from facefit.weights import SharedWeights


def learn_after_training(run: TrainingRun, observed: int, output: Output) -> None:
    """Learns the statistics of a finished run, unless they are there; 'facefit label' goes on with them.

    Of people only says so: their networks want thresholds as well, which that verb finds.
    """
    path = run.out / STATISTICS
    if path.exists():
        return
    if run.task == "identity":
        output.line("batch-norm statistics, and thresholds, are what 'facefit label' learns next")
        return
    from facefit.labels.workers import Work
    from facefit.supernet.loading import from_shared_weights

    net = from_shared_weights(SharedWeights.load(run.out / SUPERNET))  # rounded, as the file has them
    learn_unjudged(path, Work(net, run.parts.calibration, run.parts.search_split), observed, run.seed)
    output.line(f"wrote {path}; 'facefit label' says what predicting them costs")
