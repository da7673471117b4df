"""Measuring a device: which form of 7x7 it runs faster, every layer, and whole networks for the fit and its error."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from facefit.device.backend import Backend
from facefit.device.blocks import distinct_layers, spread_subnets
from facefit.device.entries import FORMS
from facefit.device.measurements import Measurements, network_name, reference_name
from facefit.device.models import GraphModels, Models
from facefit.device.plan import Plan
from facefit.device.profile import DeviceProfile
from facefit.device.timing import Progress, Protocol, Timing
from facefit.graph.forms import Depthwise7
from facefit.space import InvertedResidual, SearchSpace


def profile_device(
    space: SearchSpace,
    backend: Backend,
    *,
    rng: np.random.Generator,
    plan: Plan | None = None,
    models: Models | None = None,
    partial: Path | None = None,
    progress: Progress | None = None,
) -> DeviceProfile:
    """Measures a device for a space: its layers, whole subnets and EfficientNet-B0, all side by side.

    `partial` names a file that keeps finished rounds, so that a call that was interrupted goes on from there; remove
    it when the profile is saved. Rounds of another device or space, or of other networks, are not used.
    """
    plan = plan or Plan()
    subnets = (*spread_subnets(space, plan.networks, rng), *spread_subnets(space, plan.held_out, rng))
    measured = Measurements(backend.identity(), space, plan.outputs, plan.networks, subnets)
    if partial and partial.exists() and (earlier := Measurements.load(partial)).continues(measured):
        measured = earlier
    session = _Session(backend, plan, models or GraphModels(rng), rng, progress)
    return session.run(measured, partial).profile()


class _Session:
    """One call of `profile_device`: what its steps share, and how many bursts are behind and ahead."""

    def __init__(
        self, backend: Backend, plan: Plan, models: Models, rng: np.random.Generator, progress: Progress | None
    ) -> None:
        self._backend, self._plan, self._models, self._rng = backend, plan, models, rng
        self._progress = progress
        self._done, self._total = 0, 0

    def run(self, measured: Measurements, partial: Path | None) -> Measurements:
        start = time.monotonic() - measured.seconds
        forms = {} if measured.depthwise7_ms else self._form_models(measured.space)
        rounds = self._plan.rounds - measured.rounds
        per_round = len(distinct_layers(measured.space)) + len(measured.subnets) + len(measured.space.resolutions)
        self._total = len(forms) * self._plan.form_protocol.passes + rounds * per_round * self._plan.protocol.passes
        if not measured.depthwise7_ms:
            measured = replace(measured, depthwise7_ms=self._compare_forms(forms))
            if partial:  # or the next call would compare them again, in place of the portions of the first round
                measured.save(partial)
        models = self._all_models(measured)
        for _ in range(rounds):
            timings = self._time(models, self._plan.protocol)
            measured = measured.with_round(timings, time.monotonic() - start)
            if partial:
                measured.save(partial)
        return measured

    def _form_models(self, space: SearchSpace) -> dict[tuple[Depthwise7, str], bytes]:
        layers = distinct_layers(space).values()
        layers7 = [layer for layer in layers if isinstance(layer, InvertedResidual) and layer.effective_kernel == 7]
        return {(form, layer.name): self._models.layer(layer, form) for form in FORMS for layer in layers7}

    def _compare_forms(self, models: Mapping[tuple[Depthwise7, str], bytes]) -> dict[Depthwise7, float]:
        """Total latency of the 7x7 layers in either form; 0 in a space without them."""
        total_ms = dict.fromkeys(FORMS, 0.0)
        if models:
            names = {f"{form} {name}": form for form, name in models}
            timings = self._time(dict(zip(names, models.values(), strict=True)), self._plan.form_protocol)
            for name, form in names.items():
                total_ms[form] += timings[name].ms
        return total_ms

    def _all_models(self, measured: Measurements) -> dict[str, bytes]:
        space, form = measured.space, measured.depthwise7
        models = {name: self._models.layer(layer, form) for name, layer in distinct_layers(space).items()}
        for i, subnet in enumerate(measured.subnets):
            models[network_name(i)] = self._models.network(space, subnet, self._plan.outputs, form)
        return models | {reference_name(r): self._models.reference(r) for r in space.resolutions}

    def _time(self, models: Mapping[str, bytes], protocol: Protocol) -> dict[str, Timing]:
        before, report = self._done, self._progress
        self._done += len(models) * protocol.passes

        def forward(done: int, _: int) -> None:
            if report:
                report(before + done, self._total)

        return self._backend.time(models, protocol, self._rng, progress=forward)
