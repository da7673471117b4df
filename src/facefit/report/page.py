"""The page of a run: one HTML file that needs nothing else, neither network nor scripts."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from facefit.artifacts import write_bytes
from facefit.report import fleet_view, view
from facefit.report.drawing import inline_svg
from facefit.report.figures import confusion_figure, latency_figure, search_figure
from facefit.report.fleet import FleetReport
from facefit.report.fleet_drawing import fleet_figure
from facefit.report.palette import DARK, LIGHT
from facefit.report.run import RunReport
from facefit.report.subnet_drawing import subnet_figure

_RUN, _FLEET, _STYLE = "report.html.jinja", "fleet.html.jinja", "report.css"


def write_report(run: RunReport, path: Path) -> None:
    """Writes the page, whole or not at all; `InputError` if the place cannot be written."""
    write_bytes(path, render_report(run).encode())


def render_report(run: RunReport) -> str:
    """The page as text; everything from outside is escaped."""
    return _rendered(
        _RUN,
        run=run,
        title=run.file,
        task=run.task,
        headline=view.headline(run),
        subtitle=view.subtitle(run),
        figures=view.key_figures(run),
        drawings=_drawings(run),
        accuracy_measured=any(row.accuracy for row in run.finalists),
        card_rows=view.card_rows(run.card),
        card_text=view.card_text(run.card),
    )


def write_fleet_page(fleet: FleetReport, path: Path) -> None:
    """Writes the page of several devices, whole or not at all; `InputError` if the place cannot be written."""
    write_bytes(path, render_fleet(fleet).encode())


def render_fleet(fleet: FleetReport) -> str:
    """The page of several devices as text."""
    names = [device.name for device in fleet.devices]
    figure = fleet_figure(fleet.space, names, fleet.subnets)
    drawing = _inline(figure, "fleet", f"Blocks of the networks for {', '.join(names)}, one below the other")
    return _rendered(
        _FLEET,
        fleet=fleet,
        title=", ".join(names),
        task=fleet.task,
        headline=fleet_view.headline(fleet),
        changed=fleet_view.changed(fleet),
        shared=fleet_view.shared(fleet),
        rows=fleet_view.device_rows(fleet),
        table=fleet_view.cross_table(fleet),
        drawing=drawing,
    )


def _rendered(template: str, **values: object) -> str:
    environment = Environment(
        loader=FunctionLoader(_read), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"ms": view.milliseconds, "percent": view.percent, "accuracy": view.accuracy}
    colours = f":root {{ color-scheme: light dark; {LIGHT.variables()} }}\n"
    colours += f"@media (prefers-color-scheme: dark) {{ :root {{ {DARK.variables()} }} }}\n"
    style = Markup(colours + _read(_STYLE))
    return environment.get_template(template).render(style=style, **values)


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


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
