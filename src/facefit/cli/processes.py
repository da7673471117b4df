"""Several processes of one command: how further ones are started, and who talks."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

from facefit.cli import INTERRUPTED, MISTAKE
from facefit.errors import FacefitError, InputError

if TYPE_CHECKING:
    from facefit.training.engine import Engine


def check_can_be_called_again(devices: int) -> None:
    """Further processes of this machine are started by calling the command again, with its own arguments."""
    if devices > 1 and "LOCAL_RANK" not in os.environ and sys.argv[1:2] != ["train"]:
        raise InputError(
            f"--devices {devices} starts the command again for each further process; expected to be called as "
            f"'facefit train' or 'python -m facefit train': call it so"
        )


@contextmanager
def one_voice(engine: Engine) -> Iterator[None]:
    """Of several processes only the leading one talks; the others end without a word, whatever all of them meet.

    One that was started by another one of its machine ends with 0 then: for any other code Fabric kills the one that
    started it, which may be about to say why.
    """
    if engine.leads:
        yield
        return
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            yield
    except FacefitError:
        sys.exit(0 if engine.rank_here else MISTAKE)
    except KeyboardInterrupt:
        sys.exit(0 if engine.rank_here else INTERRUPTED)
