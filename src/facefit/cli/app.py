"""All verbs under one roof, and what becomes of their errors."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from importlib import import_module
from types import MappingProxyType
from typing import Annotated

import typer
from typer.core import TyperCommand

from facefit.cli import INTERRUPTED, MISTAKE, tell
from facefit.cli.optional_values import OptionalValues
from facefit.cli.paragraphs import paragraphs
from facefit.errors import FacefitError

VERBS = MappingProxyType(
    {
        "fit": "facefit fit --limit 0.6x --out my-phone",
        "pack": "facefit pack vggface2 --task identity --out shards",
        "train": "facefit train --data ferplus --out run",
        "label": "facefit label run --data ferplus --subnets 1000 --workers 2",
        "compare": "facefit compare run",
        "profile": "facefit profile --out pi4.profile.json",
        "search": "facefit search --profile pi4.profile.json --limit 12ms",
        "export": "facefit export --subnet subnet.safetensors --out descriptor.tflite",
        "evaluate": "facefit evaluate descriptor.tflite --data ferplus --protocol ferplus-majority --split valid",
        "match": "facefit match team.jpg party.jpg --out pairs.png",
        "bench": "facefit bench descriptor.tflite --reference all",
        "app": "facefit app --https",
        "doctor": "facefit doctor",
    }
)
"""An example of each verb, for its help; verb `v` is the function `v` in the module `facefit.cli.v`, or see below."""

_ELSEWHERE = MappingProxyType({"app": "app_page"})
"""Modules of verbs whose own name is taken."""

PARTS = MappingProxyType(
    {
        "profile": MappingProxyType(
            {
                "show": "facefit profile show pi4.profile.json --out pi4.svg",
                "import": "facefit profile import lookup_table.txt --device 'Raspberry Pi 4' --out pi4.profile.json",
                "export": "facefit profile export pi4.profile.json --out lookup_table.txt",
            }
        )
    }
)
"""What else a verb does: an example of each part `p` of verb `v`, the function `v_p` in the module `facefit.cli.v_p`.

The verb alone is still a command; its first parameter is the context, which tells whether a part was called.
"""


def build(verbs: list[str]) -> typer.Typer:
    """The command line with these verbs."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.callback(help="Fits a facial-descriptor network to a device. Begin with 'facefit fit'.")(_options)
    for verb in verbs:
        if verb in PARTS:
            app.add_typer(_group(verb), name=verb)
            continue
        function, example = _function(verb), f"Example: {VERBS[verb]}"
        app.command(verb, cls=_command(verb), help=paragraphs(function), epilog=example)(function)
    return app


def _command(verb: str) -> type[TyperCommand]:
    """The class of a verb: its module says under `ALONE` which options may stand without a value."""
    alone = getattr(import_module(_module(verb)), "ALONE", None)
    return type("Command", (OptionalValues,), {"alone": alone}) if alone else TyperCommand


def _group(verb: str) -> typer.Typer:
    """A verb with parts."""
    group = typer.Typer()
    whole = _function(verb)
    group.callback(invoke_without_command=True, help=paragraphs(whole), epilog=f"Example: {VERBS[verb]}")(whole)
    for part, example in PARTS[verb].items():
        function = _function(f"{verb}_{part}")
        group.command(part, help=paragraphs(function), epilog=f"Example: {example}")(function)
    return group


def _function(name: str) -> Callable[..., None]:
    function: Callable[..., None] = getattr(import_module(_module(name)), name)
    return function


def _module(name: str) -> str:
    return f"facefit.cli.{_ELSEWHERE.get(name, name)}"


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # reads mail headers, so it loads slowly

        print(f"facefit {version('facefit')}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """What can be given without a verb."""


def run(arguments: list[str]) -> int:
    """Runs a command and returns its exit code; mistakes are told in one line on standard error.

    Raises `KeyboardInterrupt` after Ctrl-C.
    """
    # A verb is loaded alone, so that 'doctor' can tell what the others lack, and to start fast.
    verbs = [verb for verb in VERBS if verb in arguments[:1]] or list(VERBS)
    try:
        code = build(verbs)(arguments or ["--help"], prog_name="facefit", standalone_mode=False)
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except BrokenPipeError:
        raise
    except Exception as error:
        message = _one_line(error)
        if message is None or os.environ.get("FACEFIT_DEBUG") == "1":
            raise
        tell(message)
        return MISTAKE
    if code == INTERRUPTED:  # how Typer reports Ctrl-C
        raise KeyboardInterrupt
    sys.stdout.flush()
    return int(code or 0)


def _one_line(error: Exception) -> str | None:
    """What to tell about an error that the user can mend; None for a fault of ours."""
    if isinstance(error, FacefitError):
        return " ".join(str(error).split())
    if isinstance(error, ModuleNotFoundError) and not (error.name or "facefit").startswith("facefit"):
        return f"the package '{error.name}' is not installed: 'facefit doctor' says what is missing and how to get it"
    if isinstance(error, ImportError) and not (error.name or "facefit").startswith("facefit"):
        return f"the package '{error.name}' is installed, but cannot be loaded ({error}): install it anew"
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        hint = "; free some space or choose another folder" if error.errno == errno.ENOSPC else ""
        return f"{where}{error.strerror or error}{hint}"
    # Typer's usage errors, whose class lives in one of two packages, depending on its version.
    formatted = getattr(error, "format_message", None)
    return f"{' '.join(formatted().split())} (see --help)" if formatted else None
