"""The page of a run: one HTML file that needs nothing else, neither network nor scripts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from facefit.artifacts import write_bytes
from facefit.report import card_view, fleet_view, view
from facefit.report.drawing import inline_svg
from facefit.report.figures import confusion_figure, latency_figure, search_figure
from facefit.report.fleet import FleetReport
from facefit.report.fleet_drawing import fleet_figure
from facefit.report.run import RunReport
from facefit.report.subnet_drawing import subnet_figure
from facefit.report.templates import rendered

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_RUN, _FLEET = "report.html.jinja", "fleet.html.jinja"


def write_report(run: RunReport, path: Path) -> None:
    """Writes the page, whole or not at all; `InputError` if the place cannot be written."""
    write_bytes(path, render_report(run).encode())


def render_report(run: RunReport) -> str:
    """The page as text; everything from outside is escaped."""
    return rendered(
        _RUN,
        run=run,
        title=run.file,
        task=run.task,
        headline=view.headline(run),
        subtitle=view.subtitle(run),
        figures=view.key_figures(run),
        drawings=_drawings(run),
        accuracy_measured=any(row.accuracy for row in run.finalists),
        card_rows=card_view.card_rows(run.card),
        card_text=card_view.card_text(run.card),
    )


def write_fleet_page(fleet: FleetReport, path: Path) -> None:
    """Writes the page of several devices, whole or not at all; `InputError` if the place cannot be written."""
    write_bytes(path, render_fleet(fleet).encode())


def render_fleet(fleet: FleetReport) -> str:
    """The page of several devices as text."""
    names = [device.name for device in fleet.devices]
    figure = fleet_figure(fleet.space, names, fleet.subnets)
    drawing = _inline(figure, "fleet", f"Blocks of the networks for {', '.join(names)}, one below the other")
    return rendered(
        _FLEET,
        fleet=fleet,
        title=", ".join(names),
        task=fleet.task,
        headline=fleet_view.headline(fleet),
        changed=fleet_view.changed(fleet),
        shared=fleet_view.shared(fleet),
        accuracy_kind=fleet_view.accuracy_kind(fleet),
        rows=fleet_view.device_rows(fleet),
        table=fleet_view.cross_table(fleet),
        drawing=drawing,
    )


def _drawings(run: RunReport) -> dict[str, Markup]:
    """Inline drawings by name; those that the run has no data for are missing."""
    drawings = {
        "subnet": _inline(subnet_figure(run.space, run.chosen.subnet), "subnet", f"Blocks of {run.chosen.subnet}"),
        "latency": _inline(
            latency_figure(run.finalists or (run.chosen,), run.chosen.subnet, run.limit_ms, run.reference),
            "latency",
            "Latencies of the finalists, predicted and measured",
        ),
    }
    if run.searched:
        figure = search_figure(run.searched, run.chosen, run.limit_ms, run.reference)
        drawings["search"] = _inline(figure, "search", "Predicted latency against predicted accuracy of all searched")
    if run.confusion is not None:
        drawings["confusion"] = _inline(confusion_figure(run.confusion, run.classes), "confusion", "Confusion matrix")
    return drawings


def _inline(figure: Figure, name: str, description: str) -> Markup:
    return Markup(inline_svg(figure, name, description))
