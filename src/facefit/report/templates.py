"""Pages from the templates of this room: one file each, with its style inside."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from facefit.report import view
from facefit.report.palette import DARK, LIGHT

_STYLE = "report.css"


def rendered(template: str, **values: object) -> str:
    """The page as text; everything from outside is escaped."""
    environment = Environment(
        loader=FunctionLoader(_read), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "ms": view.milliseconds,
        "between": view.between,
        "percent": view.percent,
        "accuracy": view.accuracy,
    }
    colours = f":root {{ color-scheme: light dark; {LIGHT.variables()} }}\n"
    colours += f"@media (prefers-color-scheme: dark) {{ :root {{ {DARK.variables()} }} }}\n"
    return environment.get_template(template).render(style=Markup(colours + _read(_STYLE)), **values)


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
