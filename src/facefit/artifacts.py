"""Writing files so that nobody ever meets half of one, and reading JSON so that damage is named."""

from __future__ import annotations

import errno
import glob
import json
import os
import platform
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from facefit.errors import ArtifactError, InputError

Parts: TypeAlias = Sequence[bytes | memoryview]
"""A file's content in pieces, from its first byte to its last, so that large ones are not copied together."""


def cache_folder() -> Path:
    """What can be made again is kept here: `$XDG_CACHE_HOME/facefit`, or `~/.cache/facefit`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "facefit"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields a temporary path in the same folder and moves it to `path` if the block succeeds.

    A link is followed. A failure, Ctrl-C included, leaves `path` as it was. Raises `InputError` if the place cannot be
    written, or holds anything but a file, such as a device.
    """
    path = _behind_links(path)
    temporary = _begun(path)
    try:
        yield temporary
        _to_disk(temporary)
        os.replace(temporary, path)
    except OSError as error:
        raise InputError(_cannot_write(path, error)) from error
    finally:
        temporary.unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Raises `InputError`, before any work, if no file can be written at `path`; makes the folders above it."""
    probe = _begun(_behind_links(path))
    probe.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Writes a whole file or nothing."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def write_json(path: Path, data: Any) -> None:
    """Writes readable JSON, whole or not at all."""
    write_bytes(path, (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode())


def append_line(path: Path, line: str) -> None:
    """Adds a line to a file; raises `InputError` if it cannot be written."""
    try:
        with path.open("a") as file:
            file.write(f"{line}\n")
    except OSError as error:
        raise InputError(_cannot_write(path, error)) from error


def canonical_json(data: Any) -> bytes:
    """The same bytes for equal data, for checksums."""
    return json.dumps(data, sort_keys=True, separators=(",", ":")).encode()


def read_bytes(path: Path, what: str) -> bytes:
    """The file's content; `what` names it in the error."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; expected {what}") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); expected {what}") from error


def read_json(path: Path, what: str) -> dict[str, Any]:
    """A JSON object from a file; raises `ArtifactError` if it is anything else."""
    try:
        data = json.loads(read_bytes(path, what))
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"{path}: is not JSON ({error}); expected {what}") from error
    if not isinstance(data, dict):
        raise ArtifactError(f"{path}: holds a {type(data).__name__}; expected {what}")
    return data


def _begun(path: Path) -> Path:
    """An empty file beside `path`, one for each process and thread that writes there; what killed ones left goes."""
    try:
        if path.is_dir():
            raise InputError(f"{path}: is a folder; expected the name of a file to write")
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: is a device or a pipe, not to be replaced; expected the name of a file to write")
        mark = f".{path.stem}.unfinished-{platform.node()}-"
        temporary = path.with_name(f"{mark}{os.getpid()}-{threading.get_ident()}{path.suffix}")
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in path.parent.glob(f"{glob.escape(mark)}*{path.suffix}"):
            if not _is_written(left.name.removeprefix(mark).removesuffix(path.suffix)):
                left.unlink(missing_ok=True)
        temporary.write_bytes(b"")
    except OSError as error:
        raise InputError(_cannot_write(path, error)) from error
    return temporary


def _behind_links(path: Path) -> Path:
    """Where a link leads, so that the link stays one; the path itself otherwise, as it was given."""
    return Path(os.path.realpath(path)) if os.path.islink(path) else path


def _to_disk(path: Path) -> None:
    """Otherwise a power cut after the move could leave an empty file."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _is_written(writer: str) -> bool:
    """Whether the thread of a process of this machine that a name tells of is still there."""
    process, _, thread = writer.partition("-")
    if process == str(os.getpid()):  # numbers come again, in containers at once
        return thread in {str(one.ident) for one in threading.enumerate()}
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except OSError:  # it is somebody else's
        return True
    return True


def _cannot_write(path: Path, error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return f"{path}: no space left on the disk; nothing was written; free some space or choose another folder"
    return f"{path}: cannot be written ({error.strerror}); choose a folder that you may write to"
