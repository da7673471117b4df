"""The card inside an exported file: JSON metadata that says what the network is, expects and gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ai_edge_litert import schema_py_generated as schema

from facefit.artifacts import Parts
from facefit.errors import ArtifactError

CARD_NAME = "facefit.card"
_ROOM = 4096
"""Spaces after the JSON, so that measurements can be added later without writing the flatbuffer anew."""


def card_beside(path: Path) -> Path:
    """Where the card of a file lies: `face.card.json` for `face.tflite`, `face.onnx.card.json` for `face.onnx`, so that
    two formats of one network keep their own."""
    return path.with_suffix(".card.json") if path.suffix == ".tflite" else path.with_name(f"{path.name}.card.json")


def encode_card(card: Mapping[str, Any]) -> bytes:
    """JSON with room to grow."""
    return json.dumps(card, ensure_ascii=False, sort_keys=True).encode() + b" " * _ROOM


def read_card(data: bytes, name: str) -> dict[str, Any] | None:
    """The card of a sound TFLite file, or None if it has none."""
    raw = _raw_card(data)
    if raw is None:
        return None
    try:
        card = json.loads(raw)
    except ValueError as error:
        raise ArtifactError(f"{name}: the card inside is not JSON ({error}); export the file again") from error
    if not isinstance(card, dict):
        raise ArtifactError(f"{name}: the card inside is a {type(card).__name__}, expected an object; export again")
    return card


def replace_card(data: bytes, card: Mapping[str, Any], name: str) -> Parts:
    """The same file, in parts, with another card of at most the same size; weights and operators stay as they are."""
    raw = _raw_card(data)
    text = json.dumps(card, ensure_ascii=False, sort_keys=True).encode()
    if raw is None or len(text) > len(raw):
        raise ArtifactError(f"{name}: no room for a card of {len(text)} bytes inside; export the file again with it")
    start = data.index(raw)
    view = memoryview(data)
    return [view[:start], text.ljust(len(raw)), view[start + len(raw) :]]


def _raw_card(data: bytes) -> bytes | None:
    model = schema.Model.GetRootAs(data)
    for i in range(model.MetadataLength()):
        entry = model.Metadata(i)
        if entry.Name() == CARD_NAME.encode():
            return bytes(model.Buffers(entry.Buffer()).DataAsNumpy())
    return None
