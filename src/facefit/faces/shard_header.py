"""What `facefit pack` says of the shards of a folder, in a file of its own, which is written last."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from facefit.artifacts import read_json
from facefit.errors import ArtifactError

HEADER, KIND, SCHEMA = "shards.json", "facefit.shards", 1


def read_header(folder: Path) -> dict[str, Any]:
    """What it says; nothing where there is none, as beside shards of others. `ArtifactError` for another form."""
    path = folder / HEADER
    header = read_json(path, "a header of shards") if path.is_file() else {}
    if header and not _is_header(header):
        raise ArtifactError(f"{path}: not a header of shards of schema {SCHEMA}; pack the photos again")
    return header


def _is_header(said: dict[str, Any]) -> bool:
    shards, skipped, side = (said.get(key) for key in ("shards", "skipped", "side_px"))
    return (
        (said.get("kind"), said.get("schema")) == (KIND, SCHEMA)
        and _all(str, said.get("classes"))
        and isinstance(said.get("protocol"), str)
        and isinstance(said.get("part"), str | None)
        and (side is None or (isinstance(side, int) and side > 0))
        and isinstance(shards, dict)
        and _all(int, list(shards.values()))
        and isinstance(skipped, dict)
        and _all(str, list(skipped.values()))
    )


def _all(kind: type, values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, kind) for value in values)
