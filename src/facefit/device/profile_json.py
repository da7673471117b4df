"""The fields of a `DeviceProfile` as JSON and back, strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from facefit.device.backend import Identity
from facefit.device.entries import entries_from_json, entries_to_json, finite, forms_from_json, not_negative_or_none
from facefit.device.fit import LatencyFit
from facefit.space import SearchSpace

if TYPE_CHECKING:
    from facefit.device.profile import DeviceProfile


def fields_to_json(profile: DeviceProfile) -> dict[str, Any]:
    """Everything that was measured, and what follows from it for those who read the file."""
    return {
        "identity": profile.identity.to_json(),
        "space": profile.space.to_json(),
        "outputs": list(profile.outputs),
        "depthwise7": profile.depthwise7,
        "depthwise7_ms": dict(profile.depthwise7_ms),
        "fit": asdict(profile.fit),
        "fit_networks": profile.fit_networks,
        "fit_error_percent": profile.fit_error_percent,
        "references": entries_to_json(profile.references),
        "held_out_networks": profile.held_out_networks,
        "error_median_percent": profile.error_median_percent,
        "error_p90_percent": profile.error_p90_percent,
        "spread_median_percent": profile.spread_median_percent,
        "seconds": profile.seconds,
        "entries": entries_to_json(profile.entries),
    }


def fields_from_json(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a profile is made of; damage raises `KeyError`, `TypeError`, `ValueError`, or `ArtifactError`."""
    return {
        "identity": Identity.from_json(data["identity"]),
        "space": SearchSpace.from_json(data["space"]),
        "outputs": tuple(map(str, data["outputs"])),
        "depthwise7_ms": forms_from_json(data["depthwise7_ms"]),
        "entries": entries_from_json(data["entries"]),
        "fit": LatencyFit(**{name: finite(value) for name, value in data["fit"].items()}),
        "references": {int(r): entry for r, entry in entries_from_json(data["references"]).items()},
        "fit_networks": int(data["fit_networks"]),
        "fit_error_percent": not_negative_or_none(data["fit_error_percent"]),
        "held_out_networks": int(data["held_out_networks"]),
        "error_median_percent": not_negative_or_none(data["error_median_percent"]),
        "error_p90_percent": not_negative_or_none(data["error_p90_percent"]),
        "seconds": finite(data["seconds"]),
    }
