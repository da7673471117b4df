"""The words and numbers of the page of several devices, each formatted once."""

from __future__ import annotations

from dataclasses import dataclass

from facefit.report.fleet import FleetDevice, FleetReport, differing
from facefit.report.view import between, milliseconds, percent


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device and its network; all values are text."""

    name: str
    page: str
    device: str
    limit: str
    reference: str
    predicted: str
    measured: str
    accuracy: str
    kernels: str
    parameters: str
    macs: str
    size: str
    error: str


@dataclass(frozen=True, slots=True)
class Cell:
    """Network on a device: latency, its share of the device's limit, whether it is the device's own, and kept."""

    ms: str
    share: str
    own: bool
    kept: bool


def headline(fleet: FleetReport) -> str:
    """How many devices got how many networks."""
    networks = len(set(fleet.subnets))
    if networks == 1:
        return f"All {len(fleet.devices)} devices got the same network."
    return f"{len(fleet.devices)} devices got {networks} different networks."


def changed(fleet: FleetReport) -> str:
    """What the choice of device changed, in a sentence."""
    marks = differing(fleet.space, fleet.subnets)
    sizes = sorted({subnet.resolution for subnet in fleet.subnets})
    if not any(marks) and len(sizes) == 1:
        return "The choice of device changed nothing: limits and latencies lead to the same network."
    where = f"at {sum(marks)} of {len(marks)} positions"
    pixels = f"in the input size ({', '.join(map(str, sizes))} px)" if len(sizes) > 1 else ""
    return f"The networks differ {' and '.join(part for part in (pixels, where if any(marks) else '') if part)}."


def shared(fleet: FleetReport) -> str:
    """What one file for all devices would be, and what it would cost in accuracy."""
    best = fleet.one_for_all()
    if best is None:
        return "No network of these keeps the limits of all devices: one file for all would miss some of them."
    lost = [
        f"{device.name} {100 * (device.accuracy - best.accuracy):.2f}"
        for device in fleet.devices
        if device.subnet != best.subnet
    ]
    if not lost:
        return "The one network keeps the limits of all devices."
    return (
        f"If one file had to serve all, the one for {best.name} keeps every limit; in points of {accuracy_kind(fleet)} "
        f"it would cost: {', '.join(lost)}."
    )


def accuracy_kind(fleet: FleetReport) -> str:
    """What the accuracies are, in words."""
    return "measured accuracy" if fleet.measured_accuracy else "predicted accuracy"


def device_rows(fleet: FleetReport) -> list[DeviceRow]:
    """A row for each device, in the order of the profiles."""
    return [_row(fleet, device) for device in fleet.devices]


def cross_table(fleet: FleetReport) -> list[tuple[str, list[Cell]]]:
    """For each network, by the name of its device, a cell for each device."""
    return [(device.name, [_cell(fleet, i, j) for j in range(len(fleet.devices))])
            for i, device in enumerate(fleet.devices)]  # fmt: skip


def _row(fleet: FleetReport, device: FleetDevice) -> DeviceRow:
    layers = fleet.space.layers(device.subnet)
    kernels = [block.kernel for block in device.subnet.blocks]
    return DeviceRow(
        name=device.name,
        page=device.page,
        device=device.device,
        limit=milliseconds(device.limit_ms) + (f" ({device.limit})" if device.limit.endswith("x") else ""),
        reference=milliseconds(device.reference_ms),
        predicted=milliseconds(device.predicted_ms),
        measured=_measured(device),
        accuracy=percent(device.accuracy),
        kernels=" / ".join(str(kernels.count(kernel)) for kernel in fleet.space.kernels),
        parameters=f"{sum(layer.parameters for layer in layers) / 1e6:.2f} M",
        macs=f"{sum(layer.macs for layer in layers) / 1e6:.1f} M",
        size=f"{device.size_bytes / 1e6:.1f} MB",
        error=device.error + (f"; 7x7 is faster {device.depthwise7}" if 7 in fleet.space.kernels else ""),
    )


def _measured(device: FleetDevice) -> str:
    if device.measured_ms is None:
        return "elsewhere"
    interval = f" ({between(device.measured_ms_interval)})" if device.measured_ms_interval else ""
    return f"{milliseconds(device.measured_ms)}{interval}"


def _cell(fleet: FleetReport, network: int, device: int) -> Cell:
    ms, limit_ms = float(fleet.predicted_ms[network, device]), fleet.devices[device].limit_ms
    kept = bool(fleet.keeps()[network, device])
    return Cell(milliseconds(ms), f"{ms / limit_ms:.2f} of limit", network == device, kept)
