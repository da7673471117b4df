"""`facefit profile export`: a profile as a lookup table for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from facefit.cli.options import Json
from facefit.cli.output import Output
from facefit.device import DeviceProfile, write_table


def profile_export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A profile, from 'facefit profile'.")],
    out: Annotated[Path, typer.Option(metavar="TABLE", help="Where the text goes.")],
    json: Json = False,
) -> None:
    """Write a profile as text, a line 'name count mean std' for each layer alone, as the paper's tables are."""
    output, profile = Output(json), DeviceProfile.load(file)
    write_table(profile, out)
    if profile.depthwise7 == "split":
        output.line("7x7 layers were timed split in three; tools that run them plain will find them slower")
    output.line(f"wrote {out}: {len(profile.entries)} layers of {profile.identity.device}, and a classifier of 0 ms")
    output.result({"file": str(out), "entries": len(profile.entries), "depthwise7": profile.depthwise7})
