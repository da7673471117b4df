"""The command line: `main` is the one way in and out, so that every mistake ends in one line and the right code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

MISTAKE, INTERRUPTED = 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns 0, 2 after a mistake of the user's, or 130 after Ctrl-C.

    With `FACEFIT_DEBUG=1` in the environment errors show where they came from.
    """
    _open_what_is_closed()
    try:
        # Imported here so that Ctrl-C while the libraries load is one line as well.
        from facefit.cli.app import run

        return run(sys.argv[1:] if arguments is None else list(arguments))
    except KeyboardInterrupt:
        tell("interrupted; what was finished is kept, nothing is half-written")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has left; writing the rest at exit must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _open_what_is_closed() -> None:
    """A parent may have closed our output; what is written there goes nowhere then."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - for as long as the process


def tell(message: str) -> None:
    """One line on standard error."""
    print(f"facefit: {message}", file=sys.stderr)
