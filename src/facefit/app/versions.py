"""Contents named by their hashes: what a browser has, and whether that is still what there is."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response


def version_of(data: bytes) -> str:
    """The first 16 hexadecimal digits of the SHA-256."""
    return hashlib.sha256(data).hexdigest()[:16]


def version_of_file(file: Path) -> str:
    """The same for a file, which is read anew only where it was changed."""
    state = file.stat()
    return _read_version(file, state.st_size, state.st_mtime_ns, state.st_ino)


@lru_cache(maxsize=512)
def _read_version(file: Path, size_bytes: int, changed_ns: int, inode: int) -> str:
    """Time alone does not tell: clocks of file systems tick in milliseconds."""
    return version_of(file.read_bytes())


def tagged(version: str, cache: str) -> dict[str, str]:
    """Headers of an answer: its version, and how long it may be used unasked (Cache-Control)."""
    return {"Cache-Control": cache, "ETag": f'"{version}"'}


def unchanged(request: Request, headers: dict[str, str]) -> Response | None:
    """The answer without content, where the browser has this version already (RFC 9110, 13.1.2)."""
    told = (tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(","))
    return Response(status_code=304, headers=headers) if headers["ETag"] in told else None
