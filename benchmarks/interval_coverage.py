"""How often the interval of a measured latency holds the truth, in simulations; seconds, on any machine."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from one_object import print_result

from facefit.device.intervals import quartile_interval
from facefit.evaluation import wilson_interval

BETWEEN_AND_WITHIN = {
    "rounds are alike": (0.0, 0.02),
    "rounds differ as much as passes": (0.012, 0.02),
    "almost all differences are between rounds": (0.02, 0.005),
}
"""How far latencies differ between rounds, and within one: a pass takes longer by a half-normal share, of which the
standard deviation is 0.6 of what stands here."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--passes", type=int, default=3, help="of each round")
    parser.add_argument("--trials", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    print_result(partial(covered, **vars(parser.parse_args())))


def covered(rounds: int, passes: int, trials: int, seed: int) -> dict[str, Any]:
    """Each case by name: how often the truth was held, and the 95 % interval of that."""
    rows = {}
    for name, (between, within) in BETWEEN_AND_WITHIN.items():
        share = coverage(between, within, rounds, passes, trials, seed)
        rows[name] = {"covered": share, "interval": list(wilson_interval(round(share * trials), trials))}
    return {"rounds": rounds, "passes": passes, "trials": trials, "seed": seed, "cases": rows}


def coverage(
    between: float, within: float, rounds: int = 6, passes: int = 3, trials: int = 500, seed: int = 0
) -> float:
    """How often the interval holds the true quartile, of latencies that differ between and within rounds."""
    rng = np.random.default_rng(seed)

    def draw(n: int, m: int) -> NDArray[np.float64]:
        drawn = np.exp(between * rng.standard_normal((n, 1)) + np.abs(within * rng.standard_normal((n, m))))
        return np.asarray(drawn, np.float64)

    true = float(np.quantile(draw(100_000, 1), 0.25))
    intervals = (quartile_interval(draw(rounds, passes).tolist()) for _ in range(trials))
    return float(np.mean([low <= true <= high for low, high in intervals]))


if __name__ == "__main__":
    main()
