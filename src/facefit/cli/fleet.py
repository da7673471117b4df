"""What `facefit fit` does with several profiles."""

from __future__ import annotations

from pathlib import Path

from facefit.bundle import Bundle
from facefit.cli.fit_notes import fit_notes, measure_anew
from facefit.cli.latency import told_ms, told_verdict
from facefit.cli.output import Output, progress_bar
from facefit.fit import FleetFitted, FleetOrder, fit_fleet
from facefit.fit.choice import Review
from facefit.fit.machine import local_backend


def fit_several(
    bundle: Bundle, order: FleetOrder, output: Output, review: Review | None = None, folder: Path | None = None
) -> None:
    """Fits a network to each device, and tells which got which; `review` measures the finalists for each.

    `folder` is what the user gave as the bundle, which the commands that are printed name.
    """
    done = fit_fleet(bundle, order, local_backend, progress_bar, review)
    for line in [*_lines(done), *_notes(done, order.profiles, folder, bundle.metadata.task)]:
        output.line(line)
    output.result(done.to_json())


def _lines(done: FleetFitted) -> list[str]:
    width = max(len(member.name) for member in done.members)
    lines = []
    for member, fitted in zip(done.members, done.fitted, strict=True):
        here = fitted.measured_ms is not None
        measured = f"{told_ms(fitted.measured_ms, fitted.measured_ms_interval)} measured" if here else "elsewhere"
        verdict = told_verdict(fitted.limit_kept, fitted.measured_ms, fitted.limit_ms)
        lines.append(
            f"{member.name:<{width}}  {fitted.predicted_ms:.3f} ms predicted, {measured}, limit "
            f"{fitted.limit_ms:.3f} ms{verdict}, accuracy {100 * fitted.accuracy:.2f} % "
            f"{fitted.accuracy_kind.split()[0]}   {fitted.subnet}"
        )
    lines.append("on the other devices, predicted, in ms (a row for each network):")
    lines.append(f"{'':<{width}}  " + "  ".join(f"{member.name:>{max(width, 9)}}" for member in done.members))
    for member, row in zip(done.members, done.predicted_ms, strict=True):
        lines.append(f"{member.name:<{width}}  " + "  ".join(f"{ms:>{max(width, 9)}.3f}" for ms in row))
    return [*lines, f"wrote {done.report} and a folder for each device in {done.seconds:.0f} s"]


def _notes(done: FleetFitted, profiles: tuple[Path, ...], bundle: Path | None, task: str) -> list[str]:
    """What is to be said of each device, after its name."""
    lines = []
    for path, member, fitted in zip(profiles, done.members, done.fitted, strict=True):
        remedy = measure_anew(path, member.profile.identity.threads, bundle, task)
        lines += [f"{member.name}: {note}" for note in fit_notes(fitted, remedy)]
    return lines
