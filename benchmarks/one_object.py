"""How a benchmark ends: one JSON object, or one line that says what to mend."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from facefit.errors import FacefitError


def print_result(run: Callable[[], dict[str, Any]]) -> None:
    """Prints what `run` gives; an error that the user can mend ends the process with its line."""
    try:
        print(json.dumps(run(), allow_nan=False))
    except FacefitError as error:
        raise SystemExit(str(error)) from error
