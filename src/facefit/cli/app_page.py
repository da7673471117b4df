"""`facefit app`: the demo app, served to phones and browsers."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from facefit.bundle import Bundle
from facefit.cli.options import BundleFolder, Json
from facefit.cli.output import Output
from facefit.errors import require


def app(
    host: Annotated[str, typer.Option(help="Address to listen at; 127.0.0.1 lets nobody else in.")] = "0.0.0.0",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen at; 0 is any free one.")] = 8000,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where profiles and fitted networks go (default: the user's data folder)."),
    ] = None,
    bundle: BundleFolder = None,
    json: Json = False,
) -> None:
    """Serve the demo app: a phone opens it, measures itself, and takes a fitted network home.

    Photos and camera frames never leave the phone. Ctrl-C ends it.
    """
    require("starlette", "app", "serving the app")
    from facefit.app.api import Api
    from facefit.app.fits import Fits
    from facefit.app.invitation import Invitation
    from facefit.app.pairing import Pairing
    from facefit.app.places import data_folder, lan_address
    from facefit.app.server import create_app
    from facefit.app.serving import bound_socket, serving

    output, folder = Output(json), out or data_folder() / "app"
    fits = Fits(Bundle.load(bundle), folder, output.line)
    listening = bound_socket(host, port)
    lan = None if host.startswith("127.") else lan_address()
    invitation = Invitation(listening.getsockname()[1], lan, https=False)

    def invite(code: str) -> None:
        for line in invitation.lines(code):
            output.line(line)

    pairing = Pairing(folder / "sessions.json", invite)
    fits.prepare()
    with serving(create_app(Api(pairing, fits)), listening):
        invite(pairing.code)
        output.result({"address": invitation.address(pairing.code), "code": pairing.code, "folder": str(folder)})
        try:
            while True:
                time.sleep(3600)
        finally:
            fits.close()
