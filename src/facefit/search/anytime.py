"""Searches that Ctrl-C ends with the best so far."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


def finished(step: Callable[[], _T]) -> tuple[_T, bool]:
    """What a short last step gives, and whether Ctrl-C came meanwhile: it then begins anew, or all that was found would
    be lost with it."""
    asked = False
    while True:
        try:
            return step(), asked
        except KeyboardInterrupt:
            asked = True
