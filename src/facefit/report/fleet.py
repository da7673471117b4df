"""What the report of several devices shows, and what may be concluded from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facefit.space import Block, SearchSpace, Subnet


@dataclass(frozen=True, slots=True)
class FleetDevice:
    """A device and the network that it got; `measured_ms`, with its 95 % interval, is None where the device was out of
    reach.

    `limit` is as it was asked for. `depthwise7` is the form of 7x7 that the device runs faster, `error` says in words
    how well its profile predicts, `page` leads to the report of this device alone.
    """

    name: str
    device: str
    limit: str
    limit_ms: float
    reference_ms: float | None
    subnet: Subnet
    predicted_ms: float
    measured_ms: float | None
    accuracy: float
    size_bytes: int
    depthwise7: str
    error: str
    page: str
    measured_ms_interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FleetReport:
    """One run for several devices: `predicted_ms` (n, n) is network i (row) on device j, by its profile.

    Accuracies are for the search split: those of the finalists where they were measured (`measured_accuracy`), else
    predicted with the error `accuracy_rmse`.
    """

    task: str
    space: SearchSpace
    devices: tuple[FleetDevice, ...]
    predicted_ms: NDArray[np.float64]
    accuracy_rmse: float
    made: Mapping[str, str]
    measured_accuracy: bool = False

    @property
    def subnets(self) -> tuple[Subnet, ...]:
        """Networks in the order of the devices."""
        return tuple(device.subnet for device in self.devices)

    def keeps(self) -> NDArray[np.bool_]:
        """Whether network i should keep the limit of device j, (n, n); its own it was chosen to keep."""
        return self.predicted_ms <= np.array([device.limit_ms for device in self.devices])

    def one_for_all(self) -> FleetDevice | None:
        """Whose network is the most accurate of those that should keep every device's limit; None if there is none."""
        keeping = [device for device, kept in zip(self.devices, self.keeps(), strict=True) if kept.all()]
        return max(keeping, key=lambda device: device.accuracy, default=None)


def choices(space: SearchSpace, subnet: Subnet) -> list[Block | None]:
    """The block at each position in running order, None where it is skipped."""
    return [group[i] if i < len(group) else None for group in subnet.groups for i in range(space.max_depth)]


def differing(space: SearchSpace, subnets: Sequence[Subnet]) -> list[bool]:
    """For each position, whether the subnets differ there."""
    columns = zip(*(choices(space, subnet) for subnet in subnets), strict=True)
    return [len(set(column)) > 1 for column in columns]
