"""A budget as limits of the search, for the file that a bundle's subnets are handed over in."""

from __future__ import annotations

import json

from facefit.bundle import Bundle
from facefit.graph.forms import Depthwise7
from facefit.search import Limit, mac_limit, parameter_limit, size_limit
from facefit.search.limits import check_limits
from facefit.space.budget import Budget

_OWN_CARD_BYTES = 4_000
"""What a card says of the subnet itself: choices, preprocessing, latency, accuracy."""


def budget_limits(bundle: Bundle, budget: Budget, depthwise7: Depthwise7) -> list[Limit]:
    """The limits that hold for a subnet of the bundle where 7x7 kernels are written as `depthwise7` says.

    Raises `InputError` for a limit that is not more than 0.
    """
    space, limits = bundle.space, []
    if budget.parameters is not None:
        limits.append(parameter_limit(space, budget.parameters))
    if budget.macs is not None:
        limits.append(mac_limit(space, budget.macs))
    if budget.megabytes is not None:
        classes, split7 = len(bundle.metadata.classes), depthwise7 == "split"
        limits.append(size_limit(space, 1e6 * budget.megabytes, classes, split7, _card_bytes(bundle)))
    return limits


def check_budget(bundle: Bundle, budget: Budget) -> None:
    """Raises `LimitError` or `InputError` for a limit that nothing keeps on any device: before one is measured."""
    check_limits(bundle.space, budget_limits(bundle, budget, "plain"))


def _card_bytes(bundle: Bundle) -> int:
    """At most what a card takes: what the SuperNet says of itself, such as whom it has learnt from, has any length."""
    facts = bundle.metadata.to_json(), bundle.identification(bundle.space.largest)
    return _OWN_CARD_BYTES + len(json.dumps(facts, ensure_ascii=False).encode())
