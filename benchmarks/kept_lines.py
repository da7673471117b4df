"""What a benchmark of hours keeps on disk, so that it goes on where it stopped, and only with what it began with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from facefit.artifacts import write_bytes
from facefit.errors import ArtifactError


class KeptLines:
    """A file of one JSON object a line, the first of which says what all others come from.

    A line that was cut off is left out, so that its work is done anew. `rows` are the others, in their order. Raises
    `ArtifactError` for a file that comes from something else than `basis`, or does not say from what.
    """

    def __init__(self, path: Path, basis: Mapping[str, Any], what: str) -> None:
        self._path = path
        text = path.read_text() if path.exists() else ""
        found = [row for line in text.splitlines() if (row := _object(line)) is not None]
        head = {"basis": json.loads(json.dumps(basis))}
        if not found:
            found = [head]
        _check(path, found[0].get("basis"), head["basis"], what)
        self.rows: list[dict[str, Any]] = found[1:]
        whole = "".join(json.dumps(row) + "\n" for row in found)
        if whole != text:
            write_bytes(path, whole.encode())

    def add(self, row: Mapping[str, Any]) -> None:
        with self._path.open("a") as file:
            file.write(json.dumps(row, allow_nan=False) + "\n")
        self.rows.append(dict(row))


def _object(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _check(path: Path, kept: Any, basis: Mapping[str, Any], what: str) -> None:
    if not isinstance(kept, dict):
        raise ArtifactError(f"{path}: does not say what its {what} come from; move it away, or give another --out")
    others = sorted(name for name in kept.keys() | basis.keys() if kept.get(name) != basis.get(name))
    if others:
        raise ArtifactError(
            f"{path}: its {what} come from other {', '.join(others)}; go on with those, move the file away, or give "
            f"another --out"
        )
