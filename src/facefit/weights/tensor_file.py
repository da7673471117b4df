"""`.safetensors` files with a JSON header of ours and a checksum over header and tensors."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from facefit.artifacts import canonical_json, read_bytes, write_bytes
from facefit.errors import ArtifactError, InputError

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
    header = _header(path, data, len(data), kind)
    try:
        arrays = load(data)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise _broken(path, error) from error
    if header.pop("sha256") != _checksum(header, arrays):
        raise ArtifactError(f"{path}: is damaged (its checksum does not match); fetch or write it anew")
    return header, {name: value.astype(np.float32) for name, value in arrays.items()}


def read_header(path: Path, kind: str) -> dict[str, Any]:
    """The header alone, which takes no time; raises `ArtifactError` if the file is not whole or of another kind.

    What the checksum would tell is found only where tensors are read too.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            start = file.read(8)
            start += file.read(min(int.from_bytes(start, "little"), size))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); expected a {kind} .safetensors file") from error
    return _header(path, start, size, kind)


def _header(path: Path, data: bytes, size: int, kind: str) -> dict[str, Any]:
    """Our header from the start of a file of so many bytes."""
    try:
        length = int.from_bytes(data[:8], "little")
        entries = json.loads(data[8 : 8 + length])
        header: dict[str, Any] = json.loads(entries.pop("__metadata__")["facefit"])
        ends = max((entry["data_offsets"][1] for entry in entries.values()), default=0)
        if not isinstance(header["sha256"], str) or 8 + length + ends != size:
            raise ValueError(f"{size} bytes instead of {8 + length + ends}")
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise _broken(path, error) from error
    if header.get("kind") != kind or header.get("schema") != SCHEMA:
        seen = f"{header.get('kind')} of schema {header.get('schema')}"
        raise ArtifactError(f"{path}: is a {seen}; expected a {kind} of schema {SCHEMA}")
    return header


def _broken(path: Path, error: Exception) -> ArtifactError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return ArtifactError(f"{path}: not a whole facefit .safetensors file ({reason}); fetch or write it anew")


def _checksum(header: Mapping[str, Any], arrays: Mapping[str, NDArray[np.floating]]) -> str:
    digest = hashlib.sha256(canonical_json(header))
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype.str} {arrays[name].shape}".encode())
        digest.update(arrays[name].data)
    return digest.hexdigest()
