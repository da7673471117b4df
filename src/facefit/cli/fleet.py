"""What `facefit fit` does with several profiles."""

from __future__ import annotations

from facefit.bundle import Bundle
from facefit.cli.output import Output, progress_bar
from facefit.device import Backend, DeviceProfile, LocalBackend
from facefit.device.circumstances import usable_cpus
from facefit.fit import FleetFitted, FleetOrder, fit_fleet


def fit_several(bundle: Bundle, order: FleetOrder, output: Output) -> None:
    """Fits a network to each device, and tells which got which."""
    done = fit_fleet(bundle, order, _here, progress_bar)
    for line in _lines(done):
        output.line(line)
    output.result(done.to_json())


def _here(profile: DeviceProfile) -> Backend | None:
    """This machine with the profile's number of threads, if that is what the profile is of."""
    threads = profile.identity.threads
    if not 1 <= threads <= len(usable_cpus()):
        return None
    backend = LocalBackend(threads)
    return backend if backend.identity() == profile.identity else None


def _lines(done: FleetFitted) -> list[str]:
    width = max(len(member.name) for member in done.members)
    lines = []
    for member, fitted in zip(done.members, done.fitted, strict=True):
        measured = "elsewhere" if fitted.measured_ms is None else f"{fitted.measured_ms:.3f} ms measured"
        lines.append(
            f"{member.name:<{width}}  {fitted.predicted_ms:.3f} ms predicted, {measured}, limit "
            f"{fitted.limit_ms:.3f} ms, accuracy {100 * fitted.accuracy:.2f} % predicted   {fitted.subnet}"
        )
    lines.append("on the other devices, predicted, in ms (a row for each network):")
    lines.append(f"{'':<{width}}  " + "  ".join(f"{member.name:>{max(width, 9)}}" for member in done.members))
    for member, row in zip(done.members, done.predicted_ms, strict=True):
        lines.append(f"{member.name:<{width}}  " + "  ".join(f"{ms:>{max(width, 9)}.3f}" for ms in row))
    return [*lines, f"wrote {done.report} and a folder for each device in {done.seconds:.0f} s"]
