"""`facefit profile show`: a profile drawn and told."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from facefit.artifacts import check_writable
from facefit.cli.options import Json
from facefit.cli.output import Output
from facefit.cli.profile_lines import profile_lines, profile_values
from facefit.device import DeviceProfile
from facefit.device.circumstances import RECORDED
from facefit.report import check_figure_name, profile_figure, save_figure


def profile_show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A profile, from 'facefit profile'.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the drawing goes, .svg or .png (default: beside FILE).")
    ] = None,
    resolution: Annotated[
        int | None, typer.Option(metavar="PIXELS", help="Which input size to draw (default: the largest).")
    ] = None,
    json: Json = False,
) -> None:
    """Draw the latency of every block, by kernel and expand ratio, and say whose it is and how good."""
    output, profile = Output(json), DeviceProfile.load(file)
    size = max(profile.space.resolutions) if resolution is None else resolution
    drawing = file.with_suffix(".svg") if out is None else out
    check_figure_name(drawing)
    check_writable(drawing)
    save_figure(profile_figure(profile.space, size, profile.entries), drawing)
    for line in profile_lines(profile):
        output.line(line)
    fit = profile.fit
    output.line(
        f"a network takes {fit.scale:.3f} of its blocks' sum, {fit.scale + fit.scale7:.3f} of 7x7 blocks, "
        f"{fit.weights_ms:.3f} ms for a million parameters, and {fit.constant_ms:.3f} ms"
        + (f"; {fit.spill_ms:.3f} ms more for each million beyond {fit.cached:.2f}" if fit.spill_ms else "")
        + ("" if profile.fit_error_percent is None else f"; error of this fit {profile.fit_error_percent:.2f} %")
    )
    unknown = dict.fromkeys(RECORDED, "not recorded")
    for name, value in (unknown | dict(profile.identity.details)).items():
        output.line(f"  {name:<16} {value}")
    output.line(f"wrote {drawing}")
    output.result(
        {
            "file": str(file),
            "drawing": str(drawing),
            "identity": profile.identity.to_json(),
            "space": profile.space.name,
            "resolutions": list(profile.space.resolutions),
            "fit": asdict(fit),
            "fit_networks": profile.fit_networks,
            "fit_error_percent": profile.fit_error_percent,
            **profile_values(profile),
        }
    )
