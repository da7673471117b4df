"""What a fit is asked to do, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from facefit.bundle import Ranking
from facefit.space import SearchSpace, Subnet, subnet_to_config
from facefit.space.budget import UNLIMITED, Budget

_OTHERWISE = ("file", "space", "subnet", "budget")
"""Fields of `Fitted` that are no plain values."""


@dataclass(frozen=True, slots=True)
class Order:
    """A fit for this machine within `limit` ('12ms', or '0.6x' of EfficientNet-B0), written to the folder `out`.

    `profile` is a profile of this machine to use instead of measuring; `calibrate` a folder of faces for the
    batch-norm statistics, which are predicted without one; `surrogate` what ranks subnets; `budget` what else the
    network may take.
    """

    out: Path
    limit: str = "0.6x"
    profile: Path | None = None
    calibrate: Path | None = None
    surrogate: Ranking = "accuracy"
    seed: int = 0
    budget: Budget = UNLIMITED


@dataclass(frozen=True)
class Fitted:
    """The exported file and what is known of it.

    `accuracy` is for the search split, in 0..1, as `accuracy_kind` says; `accuracy_rmse` is the surrogate's error on
    held-out subnets. `parameters` (without the classifier) and `macs` are the subnet's, and `size_bytes` the file's,
    all within the `budget`. `reference_ms` is EfficientNet-B0's latency in the same bursts as `measured_ms`, and
    `drift_percent` how much slower that is than by the profile; a limit that is a part of it follows. `measured_ms` is
    of a timing after the choice, and `limit_kept` says whether it is within the limit. For a device that is out of
    reach the first is the profile's, None if that lacks it, and the other three are None. Of other networks nine in
    ten lay within the `predicted_ms_interval`; that of `measured_ms` is of 95 % confidence.
    `skipped` names the `skipped_images` that were not calibrated on, with the reason. `profiled` says whether the
    profile was measured in this call.
    """

    file: Path
    space: SearchSpace
    subnet: Subnet
    limit_ms: float
    predicted_ms: float
    predicted_ms_interval: tuple[float, float] | None
    measured_ms: float | None
    measured_ms_interval: tuple[float, float] | None
    limit_kept: bool | None
    reference_ms: float | None
    drift_percent: float | None
    accuracy: float
    accuracy_kind: str
    accuracy_interval: tuple[float, float]
    accuracy_rmse: float
    statistics: str
    parity_max_abs: float
    parity_cosine_min: float
    parity_reference: str
    parameters: int
    macs: int
    size_bytes: int
    budget: Budget
    searches: int
    skipped_images: int
    skipped: dict[str, str] = field(default_factory=dict)
    profiled: bool = False
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain values under the field names; the subnet in net_config form, the budget under its options' names."""
        values = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in _OTHERWISE}
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
        plain |= {"file": str(self.file), "subnet": subnet_to_config(self.space, self.subnet)}
        return plain | self.budget.to_json()
