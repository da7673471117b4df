"""The JSON file that a comparator or an accuracy surrogate lives in: schema, space, content, checksum."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from facefit.artifacts import canonical_json, read_json, write_json
from facefit.errors import ArtifactError, InputError
from facefit.space import SearchSpace


def write_model(path: Path, schema: str, space: SearchSpace, content: dict[str, Any]) -> None:
    """Writes the file whole or not at all."""
    data = {"schema": schema, "space": space.to_json(), **content}
    write_json(Path(path), data | {"sha256": _checksum(data)})


def read_model(path: Path, schema: str, space: SearchSpace | None, what: str) -> tuple[SearchSpace, dict[str, Any]]:
    """The file's space and content; raises `ArtifactError` for another schema or another space than the one given."""
    data = read_json(Path(path), what)
    if data.get("schema") != schema:
        raise ArtifactError(f"{path}: schema is {data.get('schema')!r}, expected {schema!r}; fit it with this version")
    if data.pop("sha256", None) != _checksum(data):
        raise ArtifactError(f"{path}: is damaged (its checksum does not match); fit it again with 'facefit compare'")
    if not isinstance(data.get("space"), dict):
        raise ArtifactError(f"{path}: says nothing about its search space; fit it again")
    try:
        found = SearchSpace.from_json(data["space"])
    except InputError as error:
        raise ArtifactError(f"{path}: {error}") from error
    if space is not None and found != space:
        raise ArtifactError(
            f"{path}: is for the space {found.name} at {found.resolutions} px, "
            f"expected {space.name} at {space.resolutions} px; fit one for this space"
        )
    return found, data


def _checksum(data: dict[str, Any]) -> str:
    return hashlib.sha256(canonical_json(data)).hexdigest()
