"""A device that takes exactly as long as a rule says, and models that say what they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from facefit.device import Identity, Plan, Protocol, Timing
from facefit.device.blocks import distinct_layers
from facefit.device.timing import Progress
from facefit.space import InvertedResidual, Layer, SearchSpace, Subnet, ofa_mbv3, subnet_from_config, subnet_to_config

Combine = Callable[[Sequence[Layer], Sequence[float]], float]


class DescribedModels:
    """Models whose bytes describe them, for `RuleBackend`."""

    def layer(self, layer: Layer, depthwise7: str) -> bytes:
        return json.dumps({"layer": layer.name, "form": depthwise7}).encode()

    def network(self, space: SearchSpace, subnet: Subnet, outputs: tuple[str, ...], depthwise7: str) -> bytes:
        return json.dumps({"network": subnet_to_config(space, subnet), "form": depthwise7}).encode()

    def reference(self, resolution: int) -> bytes:
        return json.dumps({"reference": resolution}).encode()


class RuleBackend:
    """Times `DescribedModels`: a layer by its multiplications, 7x7 in one form twice as slow as in the other."""

    def __init__(self, space: SearchSpace, combine: Combine, slow_form: str = "plain") -> None:
        self._layers, self._space = distinct_layers(space), space
        self._combine, self._slow_form = combine, slow_form
        self.timed: list[list[str]] = []
        self.interrupt_at: int | None = None

    def identity(self) -> Identity:
        return Identity("rule", "fake", "1", 1)

    def time(
        self,
        models: Mapping[str, bytes],
        protocol: Protocol,
        rng: np.random.Generator,
        *,
        progress: Progress | None = None,
    ) -> dict[str, Timing]:
        if len(self.timed) == self.interrupt_at:
            raise KeyboardInterrupt
        self.timed.append(list(models))
        if progress:
            progress(len(models) * protocol.passes, len(models) * protocol.passes)
        return {name: Timing((self._ms(json.loads(data)),) * protocol.passes) for name, data in models.items()}

    def layer_ms(self, layer: Layer, form: str) -> float:
        slow = isinstance(layer, InvertedResidual) and layer.effective_kernel == 7 and form == self._slow_form
        return (0.01 + layer.macs * 1e-6) * (2.0 if slow else 1.0)

    def network_ms(self, subnet: Subnet, form: str) -> float:
        layers = self._space.layers(subnet)
        return self._combine(layers, [self.layer_ms(layer, form) for layer in layers])

    def _ms(self, model: dict[str, Any]) -> float:
        if "reference" in model:
            return float(model["reference"]) / 10
        if "layer" in model:
            return self.layer_ms(self._layers[model["layer"]], model["form"])
        return self.network_ms(subnet_from_config(self._space, model["network"]), model["form"])


@pytest.fixture
def small_space() -> SearchSpace:
    """Once-for-all's space, narrow, with few choices and two small resolutions."""
    space = ofa_mbv3(width=0.5, resolutions=(32, 40))
    return replace(space, kernels=(3, 7), expands=(3, 4), depths=(1, 2))


@pytest.fixture
def short_plan() -> Plan:
    """As little as still makes a profile."""
    quick = Protocol(passes=2, warm_ups=1, runs=2, shortest_burst_ms=0.1)
    return Plan(networks=8, held_out=4, rounds=2, protocol=quick, form_protocol=quick)


@pytest.fixture
def described_models() -> DescribedModels:
    return DescribedModels()


@pytest.fixture
def rule_backend() -> Callable[..., RuleBackend]:
    """Makes a `RuleBackend` from a space and a rule for networks."""
    return RuleBackend
