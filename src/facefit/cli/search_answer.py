"""What `facefit search` says and answers."""

from __future__ import annotations

from typing import Any

from facefit.cli.latency import told_ms, told_verdict
from facefit.device import BROWSER_RUNTIME
from facefit.fit.chosen import Choice
from facefit.fit.foretold import foretold_interval
from facefit.fit.wanted import Wanted
from facefit.search import Finalist
from facefit.space import subnet_to_config


def told(wanted: Wanted, choice: Choice) -> list[str]:
    """Lines for people."""
    found = choice.found
    lines = [
        str(choice.chosen.subnet),
        f"{_latency(wanted, choice)}, {_limit(choice)}; {_accuracy(choice)}",
        f"{len(found.searched)} subnets in {found.seconds:.2f} s, ranked by {ranked_by(wanted)}",
    ]
    if choice.searches > 1:
        lines.append(f"searched {choice.searches} times: what the profile promised measured above the limit at first")
    if found.stopped_early:
        where = "while the best few were timed" if choice.timing else f"in generation {found.generations + 1}"
        lines.append(f"stopped {where}: this is the best so far")
    return [*lines, *_browser_lines(wanted)]


def elsewhere(wanted: Wanted) -> str:
    """Why finalists are not timed."""
    return (
        f"the profile is of another device or runtime ({wanted.profile.identity}): finalists were measured for their "
        f"accuracy and not timed again; latencies are those that the profile foretells"
    )


def ranked_by(wanted: Wanted) -> str:
    """What ranked the subnets, in words."""
    if wanted.ranking == "accuracy":
        return wanted.bundle.surrogate.name
    return {"comparator": "the comparator of pairs", "concatenating": "the paper's comparator"}[wanted.ranking]


def figures(wanted: Wanted, choice: Choice) -> dict[str, Any]:
    """For scripts."""
    found, chosen, space = choice.found, choice.chosen, wanted.bundle.space
    return {
        "subnet": subnet_to_config(space, chosen.subnet),
        "limit_ms": choice.limit_ms,
        "predicted_ms": chosen.predicted_ms,
        "predicted_ms_interval": _list(foretold_interval(wanted.profile, chosen.predicted_ms)),
        "measured_ms": choice.timing.ms if choice.timing else None,
        "measured_ms_interval": _list(choice.timing.interval_ms if choice.timing else None),
        "limit_kept": choice.limit_kept,
        "accuracy": choice.accuracy,
        "accuracy_kind": choice.accuracy_kind,
        "accuracy_interval": list(choice.accuracy_interval),
        "accuracy_rmse": choice.rmse,
        "ranked_by": ranked_by(wanted),
        "finalists": [_finalist(wanted, choice, finalist) for finalist in found.finalists],
        "searches": choice.searches,
        "stopped_early": found.stopped_early,
        "seconds": found.seconds,
    }


def _latency(wanted: Wanted, choice: Choice) -> str:
    predicted_ms = choice.chosen.predicted_ms
    if choice.timing:
        measured = told_ms(choice.timing.ms, choice.timing.interval_ms)
        return f"latency measured {measured}, predicted {told_ms(predicted_ms)}"
    return f"predicted latency {told_ms(predicted_ms, foretold_interval(wanted.profile, predicted_ms))}"


def _limit(choice: Choice) -> str:
    if choice.found.stopped_early and choice.limit_kept is False:  # perhaps timed only once
        return f"limit {told_ms(choice.limit_ms)}, which it missed"
    verdict = told_verdict(choice.limit_kept, choice.timing.ms if choice.timing else None, choice.limit_ms)
    return f"limit {told_ms(choice.limit_ms)}{verdict}"


def _accuracy(choice: Choice) -> str:
    low, high = choice.accuracy_interval
    value = f"accuracy {100 * choice.accuracy:.2f} % ({100 * low:.2f} to {100 * high:.2f})"
    if choice.chosen.measured:
        n, finalists = choice.chosen.measured.n, len(choice.found.finalists)
        return f"{value} on the search split, n = {n}, the best of {finalists} finalists measured on it"
    return f"{value} predicted for the search split; --finalists measures it"


def _finalist(wanted: Wanted, choice: Choice, finalist: Finalist) -> dict[str, Any]:
    measured, timing = finalist.measured, choice.timing_of(finalist)
    return {
        "subnet": subnet_to_config(wanted.bundle.space, finalist.subnet),
        "predicted_ms": finalist.predicted_ms,
        "measured_ms": timing.ms if timing else None,
        "measured_ms_interval": _list(timing.interval_ms if timing else None),
        "predicted_accuracy": finalist.predicted_accuracy,
        "measured_accuracy": measured.value if measured else None,
        "interval": _list(measured.interval if measured else None),
        "chosen": finalist.subnet == choice.chosen.subnet,
    }


def _browser_lines(wanted: Wanted) -> list[str]:
    identity = wanted.profile.identity
    if identity.runtime != BROWSER_RUNTIME:
        return []
    return [f"the profile is of a browser ({identity.runtime_version}): the latency holds for pages, not for apps"]


def _list(interval: tuple[float, float] | None) -> list[float] | None:
    return None if interval is None else list(interval)
