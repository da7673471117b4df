"""What `facefit fit` does with several profiles."""

from __future__ import annotations

from facefit.bundle import Bundle
from facefit.cli.latency import told_ms
from facefit.cli.output import Output, progress_bar
from facefit.fit import FleetFitted, FleetOrder, fit_fleet
from facefit.fit.choice import Review
from facefit.fit.machine import local_backend


def fit_several(bundle: Bundle, order: FleetOrder, output: Output, review: Review | None = None) -> None:
    """Fits a network to each device, and tells which got which; `review` sees the search for each device."""
    done = fit_fleet(bundle, order, local_backend, progress_bar, review)
    for line in _lines(done):
        output.line(line)
    output.result(done.to_json())


def _lines(done: FleetFitted) -> list[str]:
    width = max(len(member.name) for member in done.members)
    lines = []
    for member, fitted in zip(done.members, done.fitted, strict=True):
        here = fitted.measured_ms is not None
        measured = f"{told_ms(fitted.measured_ms, fitted.measured_ms_interval)} measured" if here else "elsewhere"
        lines.append(
            f"{member.name:<{width}}  {fitted.predicted_ms:.3f} ms predicted, {measured}, limit "
            f"{fitted.limit_ms:.3f} ms, accuracy {100 * fitted.accuracy:.2f} % {fitted.accuracy_kind.split()[0]}   "
            f"{fitted.subnet}"
        )
    lines.append("on the other devices, predicted, in ms (a row for each network):")
    lines.append(f"{'':<{width}}  " + "  ".join(f"{member.name:>{max(width, 9)}}" for member in done.members))
    for member, row in zip(done.members, done.predicted_ms, strict=True):
        lines.append(f"{member.name:<{width}}  " + "  ".join(f"{ms:>{max(width, 9)}.3f}" for ms in row))
    return [*lines, f"wrote {done.report} and a folder for each device in {done.seconds:.0f} s"]
