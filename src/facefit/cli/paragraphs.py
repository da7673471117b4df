"""Docstrings as help: source lines are longer than terminals, and Typer breaks lines where the source does."""

from __future__ import annotations

import inspect
from collections.abc import Callable


def paragraphs(function: Callable[..., None]) -> str:
    """The function's docstring, each paragraph in one line, so that it is wrapped as the terminal is wide."""
    told = inspect.getdoc(function) or ""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in told.split("\n\n"))
