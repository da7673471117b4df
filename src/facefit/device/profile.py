"""`DeviceProfile`: what one device needs for every layer of a space, and how well sums of that predict networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from facefit.artifacts import read_json, write_json
from facefit.device.backend import Identity
from facefit.device.blocks import distinct_layers
from facefit.device.entries import Entry, faster_form
from facefit.device.fit import LatencyFit, PlainSum
from facefit.device.limit import LatencyLimit
from facefit.device.profile_json import fields_from_json, fields_to_json
from facefit.errors import ArtifactError, InputError
from facefit.graph.forms import Depthwise7
from facefit.space import SearchSpace, Subnet
from facefit.space.costs import LargestSum, Table, additive_table
from facefit.space.population import encode

SCHEMA = "facefit.device-profile/2"


@dataclass(frozen=True)
class DeviceProfile:
    """Latencies of one device with one runtime, by layer name.

    `depthwise7_ms` are the summed latencies of the 7x7 layers in either form. `fit` turns sums of layers into
    networks; `references` are EfficientNet-B0 by resolution. `outputs` are those that the measured networks had.
    `fit_error_percent` is the median error on the networks of the fit; the other errors are of `held_out_networks`
    random networks that it has not seen. A table made elsewhere (`device.table`) has no references and no errors.
    """

    identity: Identity
    space: SearchSpace
    outputs: tuple[str, ...]
    depthwise7_ms: Mapping[Depthwise7, float]
    entries: Mapping[str, Entry]
    fit: LatencyFit
    references: Mapping[int, Entry]
    fit_networks: int
    fit_error_percent: float | None
    held_out_networks: int
    error_median_percent: float | None
    error_p90_percent: float | None
    seconds: float

    def __post_init__(self) -> None:
        missing = distinct_layers(self.space).keys() - self.entries.keys()
        if missing:
            raise ArtifactError(f"device profile lacks {len(missing)} layers of its space, such as {min(missing)}")
        if self.references and set(self.references) != set(self.space.resolutions):
            have = sorted(self.references)
            raise ArtifactError(f"device profile has references at {have} px, not {self.space.resolutions}")
        if not self.depthwise7_ms:
            raise ArtifactError("device profile does not say which form of 7x7 is faster")

    @property
    def depthwise7(self) -> Depthwise7:
        """The form of 7x7 depthwise that this device runs faster, in which everything was measured."""
        return faster_form(self.depthwise7_ms)

    @property
    def spread_median_percent(self) -> float:
        """Median over the layers of how much their passes differed."""
        return float(np.median([entry.spread_percent for entry in self.entries.values()]))

    @property
    def reference_ms(self) -> float:
        """Latency of EfficientNet-B0 at the largest resolution of the space; `InputError` if it was not timed."""
        if not self.references:
            raise InputError(
                f"the profile of {self.identity.device} lacks EfficientNet-B0, so '0.6x' means nothing on it; give "
                f"limits in milliseconds, as '12ms'"
            )
        return self.references[max(self.references)].ms

    @property
    def error_text(self) -> str:
        """How well sums of layers predict whole networks, in words."""
        if self.error_median_percent is None or self.error_p90_percent is None:
            return "unknown, no whole network was timed"
        return (
            f"median {self.error_median_percent:.2f} %, 90th percentile {self.error_p90_percent:.2f} % on "
            f"{self.held_out_networks} other networks"
        )

    def limit_ms(self, text: str) -> float:
        """`"12ms"`, or `"0.6x"` for a part of EfficientNet-B0 on this device, as milliseconds."""
        limit = LatencyLimit.parse(text)
        return limit.value if limit.unit == "ms" else limit.ms(self.reference_ms)

    def narrowed(self, space: SearchSpace) -> Self:
        """The same device for this space, or for fewer resolutions of it; `ArtifactError` for any other space.

        EfficientNet-B0 is then that at the largest of those resolutions.
        """
        same = replace(space, resolutions=self.space.resolutions) == self.space
        if not same or not set(space.resolutions) <= set(self.space.resolutions):
            raise ArtifactError(
                f"device profile is for the space {self.space.name} at {self.space.resolutions} px, "
                f"not {space.name} at {space.resolutions} px; profile the device for that space"
            )
        references = {r: entry for r, entry in self.references.items() if r in space.resolutions}
        return replace(self, space=space, references=references)

    def latency(self, space: SearchSpace) -> LargestSum:
        """Latency in ms, the fit included, of subnets of this space or of fewer resolutions of it.

        Raises `ArtifactError` for any other space.
        """
        self.narrowed(space)
        return LargestSum(tuple(self._table(space, plain) for plain in self.fit.sums))

    def predict_ms(self, space: SearchSpace, subnet: Subnet) -> float:
        """Predicted end-to-end latency of one subnet."""
        return float(self.latency(space).of(encode(space, [subnet]))[0])

    def _table(self, space: SearchSpace, plain: PlainSum) -> Table:
        fixed, blocks = additive_table(space, lambda layer: plain.layer_ms(layer, self.entries[layer.name].ms))
        return fixed + plain.constant_ms, blocks

    def save(self, path: Path | str) -> None:
        """Writes JSON, whole or not at all."""
        write_json(Path(path), self.to_json())

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Reads a file of `save`. Raises `ArtifactError` if it is damaged or of another schema."""
        data = read_json(Path(path), f"a device profile ({SCHEMA})")
        if data.get("schema") != SCHEMA:
            raise ArtifactError(f"{path}: schema {data.get('schema')!r}, expected {SCHEMA!r}; profile the device anew")
        try:
            profile = cls.from_json(data)
            if (ms := profile.predict_ms(profile.space, profile.space.smallest)) <= 0:
                raise ValueError(f"the smallest subnet would take {ms:.3g} ms")
            return profile
        except (ArtifactError, InputError, KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise ArtifactError(f"{path}: damaged device profile ({error!r}); profile the device anew") from error

    def to_json(self) -> dict[str, Any]:
        return {"schema": SCHEMA} | fields_to_json(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The opposite of `to_json`; damage raises `KeyError`, `TypeError`, `ValueError`, or `ArtifactError`."""
        return cls(**fields_from_json(data))
