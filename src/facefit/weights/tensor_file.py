"""`.safetensors` files with a JSON header of ours and a checksum over header and tensors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from facefit.artifacts import canonical_json, read_bytes, write_bytes
from facefit.errors import ArtifactError

SCHEMA = 1


def write_tensors(
    path: Path, kind: str, header: Mapping[str, Any], tensors: Mapping[str, NDArray[np.floating]]
) -> None:
    """Writes tensors of any float type; `kind` says what the file is."""
    arrays = {name: np.ascontiguousarray(value) for name, value in sorted(tensors.items())}
    payload = dict(header) | {"kind": kind, "schema": SCHEMA}
    sealed = payload | {"sha256": _checksum(payload, arrays)}
    write_bytes(path, save(arrays, {"facefit": json.dumps(sealed)}))


def read_tensors(path: Path, kind: str) -> tuple[dict[str, Any], dict[str, NDArray[np.float32]]]:
    """Header and float32 tensors; raises `ArtifactError` if the file is damaged or of another kind."""
    data = read_bytes(path, f"a {kind} .safetensors file")
    try:
        length = int.from_bytes(data[:8], "little")
        header = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["facefit"])
        checksum = header.pop("sha256")
        arrays = load(data)
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ArtifactError(
            f"{path}: not a whole facefit .safetensors file ({reason}); fetch or write it anew"
        ) from error
    if header.get("kind") != kind or header.get("schema") != SCHEMA:
        seen = f"{header.get('kind')} of schema {header.get('schema')}"
        raise ArtifactError(f"{path}: is a {seen}; expected a {kind} of schema {SCHEMA}")
    if checksum != _checksum(header, arrays):
        raise ArtifactError(f"{path}: is damaged (its checksum does not match); fetch or write it anew")
    return header, {name: value.astype(np.float32) for name, value in arrays.items()}


def _checksum(header: Mapping[str, Any], arrays: Mapping[str, NDArray[np.floating]]) -> str:
    digest = hashlib.sha256(canonical_json(header))
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype.str} {arrays[name].shape}".encode())
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()
