"""A checksum at the end of exported files. The TFLite runtime reads damaged files without noticing, or crashes on them;
a sealed file is known to be whole before the runtime sees it.

A flatbuffer ignores what follows it, so every TFLite runtime runs a sealed file as it is.
"""

from __future__ import annotations

import hashlib

from facefit.artifacts import Parts
from facefit.errors import ArtifactError

_MARK = b"facefit\x01"
_LENGTH = len(_MARK) + hashlib.sha256().digest_size


def seal(parts: Parts) -> Parts:
    """The data followed by a mark and the SHA-256 of everything before the digest."""
    digest = hashlib.sha256()
    for part in (*parts, _MARK):
        digest.update(part)
    return [*parts, _MARK, digest.digest()]


def is_sealed(data: bytes) -> bool:
    """Whether the file ends in a seal, broken or not."""
    return data[-_LENGTH:].startswith(_MARK) and len(data) > _LENGTH


def unseal(data: bytes, name: str) -> bytes:
    """The data without its seal; raises `ArtifactError` if it is not what was sealed."""
    end = len(data) - _LENGTH + len(_MARK)
    if hashlib.sha256(memoryview(data)[:end]).digest() != data[end:]:
        raise ArtifactError(f"{name}: damaged, its checksum does not match its content; copy or export it again")
    return data[:-_LENGTH]
