"""`facefit app`: the demo app, served to phones and browsers."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from facefit.cli.devices import Serial
from facefit.cli.options import Host, Https, Json, Port, Seed
from facefit.cli.output import Output
from facefit.errors import require


def app(
    host: Host = "0.0.0.0",
    port: Port = 8000,
    https: Https = False,
    adb: Annotated[
        bool, typer.Option("--adb", help="Serve a phone at the end of adb, which then needs no network and no https.")
    ] = False,
    serial: Serial = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where profiles and fitted networks go (default: the user's data folder)."),
    ] = None,
    bundle: Annotated[
        Path | None,
        typer.Option(
            "--bundle",
            metavar="DIR",
            help="Folder of a training run, of either task; its SuperNet replaces the bundled one of that task.",
        ),
    ] = None,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Serve the demo app: a phone opens it, measures itself, and takes a fitted network home.

    Photos and camera frames never leave the phone. Ctrl-C ends it.
    """
    require("starlette", "app", "serving the app")
    from facefit.app.fits import Fits
    from facefit.app.hosting import Hosting
    from facefit.app.places import data_folder
    from facefit.app.supernets import served_supernets

    output, folder = Output(json), out or data_folder() / "app"
    fits = Fits(served_supernets(bundle), folder, output.line, seed=seed)
    fits.prepare()
    with Hosting(folder, host, port, https, adb, serial).running(fits, output.line) as (invitation, pairing):
        output.result({"address": invitation.address(pairing.code), "code": pairing.code, "folder": str(folder)})
        try:
            while True:
                time.sleep(3600)
        finally:
            fits.close()
