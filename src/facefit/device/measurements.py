"""What a device was timed at so far: enough to go on after an interruption, and to make a profile in the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from facefit.artifacts import read_json, write_json
from facefit.device.backend import Identity
from facefit.device.blocks import distinct_layers
from facefit.device.entries import Entry, faster_form, finite, forms_from_json, positive
from facefit.device.fit import LatencyFit, error_percent
from facefit.device.profile import DeviceProfile
from facefit.device.timing import Timing
from facefit.errors import ArtifactError, InputError
from facefit.graph.forms import Depthwise7
from facefit.space import SearchSpace, Subnet, subnet_from_config, subnet_to_config

SCHEMA = "facefit.device-measurements/1"


@dataclass(frozen=True)
class Measurements:
    """Timings by name: those of layers, of `network_name` and of `reference_name`, all from the same passes.

    The first `networks` of the subnets are for the fit, the others are held out.
    """

    identity: Identity
    space: SearchSpace
    outputs: tuple[str, ...]
    networks: int
    subnets: tuple[Subnet, ...]
    depthwise7_ms: Mapping[Depthwise7, float] = field(default_factory=dict)
    rounds: int = 0
    timings: Mapping[str, Timing] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def depthwise7(self) -> Depthwise7:
        """The faster form."""
        return faster_form(self.depthwise7_ms)

    def continues(self, fresh: Measurements) -> bool:
        """Whether these are of the same device, space, outputs and numbers of networks as `fresh`."""

        def key(m: Measurements) -> tuple[object, ...]:
            return m.identity, m.space, m.outputs, m.networks, len(m.subnets)

        return key(self) == key(fresh)

    def with_round(self, timings: Mapping[str, Timing], seconds: float) -> Measurements:
        """These and another round of the same models."""
        joined = {name: self.timings.get(name, Timing(())) + timing for name, timing in timings.items()}
        return replace(self, timings=joined, rounds=self.rounds + 1, seconds=seconds)

    def profile(self) -> DeviceProfile:
        """Fits sums of layers to networks, and takes the error on the networks held out."""
        distinct = distinct_layers(self.space)
        entries = {name: Entry.of(self.timings[name]) for name in distinct}
        alone_ms = {name: entry.ms for name, entry in entries.items()}
        layers = [self.space.layers(subnet) for subnet in self.subnets]
        measured_ms = [self.timings[network_name(i)].ms for i in range(len(self.subnets))]
        fit = LatencyFit.of(layers[: self.networks], measured_ms[: self.networks], alone_ms, distinct.values())
        errors = error_percent([fit.network_ms(network, alone_ms) for network in layers], measured_ms)
        return DeviceProfile(
            identity=self.identity,
            space=self.space,
            outputs=self.outputs,
            depthwise7_ms=self.depthwise7_ms,
            entries=entries,
            fit=fit,
            references={r: Entry.of(self.timings[reference_name(r)]) for r in self.space.resolutions},
            fit_networks=self.networks,
            fit_error_percent=float(np.median(errors[: self.networks])),
            held_out_networks=len(self.subnets) - self.networks,
            error_median_percent=float(np.median(errors[self.networks :])),
            error_p90_percent=float(np.quantile(errors[self.networks :], 0.9)),
            seconds=self.seconds,
        )

    def save(self, path: Path) -> None:
        """Writes JSON, whole or not at all."""
        data = {
            "schema": SCHEMA,
            "identity": self.identity.to_json(),
            "space": self.space.to_json(),
            "outputs": list(self.outputs),
            "networks": self.networks,
            "subnets": [subnet_to_config(self.space, subnet) for subnet in self.subnets],
            "depthwise7_ms": dict(self.depthwise7_ms),
            "rounds": self.rounds,
            "timings": {name: list(timing.passes_ms) for name, timing in self.timings.items()},
            "seconds": self.seconds,
        }
        write_json(path, data)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises `ArtifactError` if the file is damaged or of another schema."""
        data = read_json(path, f"measurements of a device ({SCHEMA})")
        if data.get("schema") != SCHEMA:
            raise ArtifactError(f"{path}: schema is {data.get('schema')!r}, expected {SCHEMA!r}; delete the file")
        try:
            space = SearchSpace.from_json(data["space"])
            return cls(
                identity=Identity.from_json(data["identity"]),
                space=space,
                outputs=tuple(map(str, data["outputs"])),
                networks=int(data["networks"]),
                subnets=tuple(subnet_from_config(space, config) for config in data["subnets"]),
                depthwise7_ms=forms_from_json(data["depthwise7_ms"]),
                rounds=int(data["rounds"]),
                timings={name: _timing(values) for name, values in data["timings"].items()},
                seconds=finite(data["seconds"]),
            )
        except (InputError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise ArtifactError(f"{path}: damaged measurements of a device ({error!r}); delete the file") from error


def network_name(index: int) -> str:
    """Name of the timing of `Measurements.subnets[index]`."""
    return f"network {index}"


def reference_name(resolution: int) -> str:
    """Name of the timing of EfficientNet-B0."""
    return f"EfficientNet-B0 {resolution} px"


def _timing(values: Sequence[Any]) -> Timing:
    if not values:
        raise ValueError("a timing without passes")
    return Timing(tuple(positive(ms) for ms in values))
