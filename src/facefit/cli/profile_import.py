"""`facefit profile import`: a lookup table made elsewhere as a profile."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from facefit.cli.options import Json
from facefit.cli.output import Output
from facefit.cli.profile_lines import profile_lines, profile_values
from facefit.device import Identity, read_table
from facefit.space import ofa_mbv3


def profile_import(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="Text, a line 'name count mean std' for each layer.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the profile goes (JSON).")],
    device: Annotated[str, typer.Option(metavar="NAME", help="What the table was measured on.")],
    runtime: Annotated[str, typer.Option(metavar="NAME", help="What ran the layers.")] = "tflite",
    runtime_version: Annotated[str, typer.Option(metavar="VERSION", help="Its version.")] = "unknown",
    threads: Annotated[int, typer.Option(min=1, help="Threads that it used.")] = 1,
    width: Annotated[float, typer.Option(min=0.1, help="Width of the once-for-all MobileNetV3 space.")] = 1.2,
    descriptor: Annotated[
        int | None,
        typer.Option(min=2, metavar="LENGTH", help="Length of the descriptor, if the head is compact."),
    ] = None,
    resolution: Annotated[
        list[int] | None, typer.Option(min=1, metavar="PIXELS", help="Input size; may be given again (default: 224).")
    ] = None,
    json: Json = False,
) -> None:
    """Make a profile of a lookup table in the paper's form; the layers' names say whether it fits the space.

    Such a profile adds layers up without a correction, and knows no EfficientNet-B0: give limits in ms.
    """
    output, sizes = Output(json), tuple(sorted(set(resolution or [224])))
    space = ofa_mbv3(width, sizes, descriptor)
    made = read_table(table, space, Identity(device, runtime, runtime_version, threads, {"table": table.name}))
    made.save(out)
    for line in profile_lines(made):
        output.line(line)
    output.line(f"wrote {out}")
    output.result({"file": str(out), "space": space.name, **profile_values(made)})
