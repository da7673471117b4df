"""One labelling at a time for a label file: each of two would write the file without the labels of the other."""

from __future__ import annotations

import errno
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from facefit.errors import InputError, LabellingError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Nobody else in the block; raises `LabellingError` if somebody is, and `InputError` if no lock can be had.

    What is locked is an empty file beside `path`. The system gives it free when the process ends, however it ends. It
    is not removed: another process might hold the lock of the removed one, and a third that of a new one.
    """
    beside = path.with_name(f".{path.stem}.lock")
    try:
        beside.parent.mkdir(parents=True, exist_ok=True)
        file = beside.open("a")
    except OSError as error:
        raise InputError(_no_lock(beside, error)) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LabellingError(
                f"{path}: another 'facefit label' is writing it at this moment; wait until that has ended, then call "
                f"again"
            ) from error
        except OSError as error:
            if error.errno not in _LOCKLESS:
                raise InputError(_no_lock(beside, error)) from error
        yield


_LOCKLESS = (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK)
"""What shared disks of clusters say that know no locks: there it is up to whoever calls twice."""


def _no_lock(beside: Path, error: OSError) -> str:
    return f"{beside}: cannot be locked ({error.strerror}); choose a folder on a disk that you may write to"
