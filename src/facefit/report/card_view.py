"""The card of a file as the page shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_SHOWN_ELSEWHERE = ("subnet", "space", "schema", "outputs", "classes", "preprocessing", "parity")


def card_rows(card: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What people look up in a card; the whole of it is `card_text`."""
    rows = []
    preprocessing = card.get("preprocessing")
    if isinstance(preprocessing, Mapping):
        rows += [(f"input: {key}", _words(value)) for key, value in preprocessing.items()]
    if card.get("classes"):
        rows.append(("classes", _words(card["classes"])))
    for key, value in card.items():
        if key not in _SHOWN_ELSEWHERE:
            rows += _flattened(key, value)
    return rows


def card_text(card: Mapping[str, Any]) -> str:
    """The whole card as JSON."""
    return json.dumps(card, indent=1, ensure_ascii=False, default=str)


def _flattened(key: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        return [row for inner, part in value.items() for row in _flattened(f"{key}: {inner}", part)]
    return [(key, _words(value))]


def _words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
