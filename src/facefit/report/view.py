"""The words and numbers of the page, each formatted once."""

from __future__ import annotations

from dataclasses import dataclass

from facefit.report.run import FinalistRow, MeasuredAccuracy, Reference, RunReport
from facefit.space.budget import keeps_limit

_ABSENT = "-"


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One tile of the page."""

    label: str
    value: str
    note: str = ""


def milliseconds(value: float | None) -> str:
    """Three significant digits that stay with their unit, or a dash."""
    if value is None:
        return _ABSENT
    return f"{value:.{max(0, 2 - _magnitude(value))}f}\N{NO-BREAK SPACE}ms"


def between(interval: tuple[float, float] | None) -> str:
    """The ends of an interval of latencies, or nothing."""
    if interval is None:
        return ""
    low, high = interval
    return f"{milliseconds(low)} to {milliseconds(high)}"


def percent(share: float | None) -> str:
    """A share in 0..1 in percent with one decimal, or a dash."""
    return _ABSENT if share is None else f"{100 * share:.1f} %"


def accuracy(measured: MeasuredAccuracy | None) -> str:
    """Value, interval, n and protocol: never one without the others."""
    if measured is None:
        return _ABSENT
    low, high = measured.interval
    return f"{percent(measured.value)} ({100 * low:.1f} to {100 * high:.1f}; {measured.protocol}, n = {measured.n:,})"


def headline(run: RunReport) -> str:
    """The result in one sentence, without praise: a limit that was missed is said to be missed."""
    row = run.chosen
    if row.measured_ms is None:
        return f"{run.file} should take {milliseconds(row.predicted_ms)}; it was not measured."
    sentence = f"{run.file} takes {milliseconds(row.measured_ms)}"
    if run.limit_ms is not None:
        kept = keeps_limit(row.measured_ms, run.limit_ms)
        sentence += f" and {'keeps' if kept else 'misses'} the limit of {milliseconds(run.limit_ms)}"
    if run.reference:
        sentence += f"; {run.reference} takes {milliseconds(run.reference.ms)}"
    return sentence + "."


def subtitle(run: RunReport) -> str:
    """What it is for, and what it was fitted to."""
    purposes = {"expression": "facial expressions", "identity": "recognising people"}
    return f"A network for {purposes.get(run.task, run.task)}, fitted to {run.device}."


def key_figures(run: RunReport) -> list[KeyFigure]:
    """The tiles, the most asked for first."""
    row, layers = run.chosen, run.space.layers(run.chosen.subnet)
    note = "latency of the file, end to end" if row.measured_ms is not None else "the device was not at hand"
    note += f"; 95 % interval {between(row.measured_ms_interval)}" if row.measured_ms_interval else ""
    figures = [KeyFigure("measured", milliseconds(row.measured_ms), note)]
    figures.append(KeyFigure("predicted", milliseconds(row.predicted_ms), _prediction_error(row)))
    if run.limit_ms is not None:
        figures.append(KeyFigure("limit", milliseconds(run.limit_ms), _share_of_limit(run)))
    if run.reference:
        figures.append(_against_reference(row, run.reference))
    figures.append(_accuracy_figure(run))
    parameters, macs = sum(layer.parameters for layer in layers), sum(layer.macs for layer in layers)
    figures.append(KeyFigure("file", f"{run.size_bytes / 1e6:.1f} MB", "preprocessing inside"))
    if run.budget:
        figures.append(KeyFigure("budget", "kept", f"at most {run.budget}, beside the latency"))
    note = f"{macs / 1e6:.1f} M multiply-adds, both without classifier"
    figures.append(KeyFigure("parameters", f"{parameters / 1e6:.2f} M", note))
    note = f"largest difference to {run.parity_reference}; cosine at least {run.parity_cosine_min:.6f}"
    figures.append(KeyFigure("parity", f"{run.parity_max_abs:.1e}", note))
    return figures


def _share_of_limit(run: RunReport) -> str:
    if run.limit_ms is None or run.chosen.measured_ms is None:
        return ""
    return f"{100 * run.chosen.measured_ms / run.limit_ms:.0f} % of it used"


def _prediction_error(row: FinalistRow) -> str:
    if row.measured_ms is None:
        return "by the device's table"
    error = 100 * (row.predicted_ms / row.measured_ms - 1)
    return f"{abs(error):.1f} % {'above' if error >= 0 else 'below'} measured"


def _against_reference(row: FinalistRow, reference: Reference) -> KeyFigure:
    measured = row.measured_ms is not None
    ratio = (row.measured_ms if row.measured_ms is not None else row.predicted_ms) / reference.ms
    note = f"at {reference.input_size} px it takes {milliseconds(reference.ms)} on this device"
    note += "" if measured else "; this one as predicted"
    return KeyFigure(f"against {reference.name}", f"{ratio:.2f}x", note)


def _accuracy_figure(run: RunReport) -> KeyFigure:
    row = run.chosen
    if row.accuracy:
        (low, high), n = row.accuracy.interval, row.accuracy.n
        note = f"95 % interval {100 * low:.1f} to {100 * high:.1f}; {row.accuracy.protocol}, n = {n:,}"
        return KeyFigure("accuracy", percent(row.accuracy.value), note)
    if row.predicted_accuracy is not None:
        rmse = run.searched.accuracy_rmse if run.searched else None
        error = f"error {100 * rmse:.2f} points; " if rmse is not None else ""
        note = f"for the search split; {error}chosen for it, so likely too high"
        return KeyFigure("predicted accuracy", percent(row.predicted_accuracy), note)
    return KeyFigure("accuracy", _ABSENT, "not measured")


def _magnitude(value: float) -> int:
    """Power of ten of the first digit."""
    return int(f"{abs(value):e}".partition("e")[2]) if value else 0
