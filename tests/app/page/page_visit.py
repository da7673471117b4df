"""A server whose answers are counted, and a visit of a phone's browser to it."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from facefit.app.api import Api
from facefit.app.fits import Fits
from facefit.app.pairing import COOKIE, Pairing
from facefit.app.server import create_app
from facefit.app.serving import bound_socket, serving
from facefit.app.supernets import served_supernets


class Counted:
    """Adds up what the server sends, as it goes over the wire."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.sent_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            headers = message.get("headers", ())
            self.sent_bytes += len(message.get("body", b"")) + sum(len(k) + len(v) + 4 for k, v in headers)
            await send(message)

        await self._app(scope, receive, counted)


class Site:
    """A server of the bundled networks, which can be stopped."""

    def __init__(self, folder: Path, networks: Path) -> None:
        self.pairing = Pairing(folder / "sessions.json")
        fits = Fits(served_supernets(), networks, lambda line: None)
        fits.networks("")  # made beforehand, as 'facefit app' does
        self.counted = Counted(create_app(Api(self.pairing, fits)))
        listening = bound_socket("127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._running = serving(self.counted, listening)  # type: ignore[arg-type]
        self._running.__enter__()

    def token(self) -> str:
        """What a paired device keeps as a cookie; codes that are typed are few a minute."""
        return self.pairing.redeem(self.pairing.code, secrets.token_hex())

    def stop(self) -> None:
        running, self._running = self._running, None  # type: ignore[assignment]
        if running:
            running.__exit__(None, None, None)


class Visit:
    """A phone's browser on the page; everything that it asks for is written down."""

    def __init__(self, context: Any, site: Site) -> None:
        self.context, self.site = context, site
        self.page = context.new_page()
        self.errors: list[str] = []
        self.requests: list[Any] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        context.on("request", lambda request: self.requests.append(request))

    def open(self, tab: str = "match") -> None:
        self.context.add_cookies([{"name": COOKIE, "value": self.site.token(), "url": self.site.address}])
        self.go("/")
        self.page.click(f"#tab-{tab}")

    def go(self, place: str) -> None:
        self.page.goto(f"{self.site.address}{place}")
        self.page.wait_for_selector("body[data-ready]", timeout=60_000)

    def words(self, selector: str) -> str:
        return str(self.page.inner_text(selector))

    def shot(self, name: str) -> None:
        """A picture of the page, kept where FACEFIT_SHOTS names a folder; it may show photos of people."""
        if "FACEFIT_SHOTS" in os.environ:
            folder = Path(os.environ["FACEFIT_SHOTS"])
            folder.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=str(folder / f"{name}.png"))


@contextmanager
def no_photo_leaves(visit: Visit) -> Iterator[None]:
    """All requests of the visit go to its server, and what they carry is JSON of a few known words."""
    yield
    assert visit.requests
    for request in visit.requests:
        if request.url.startswith(("blob:", "data:")):
            continue
        assert request.url.startswith(visit.site.address), request.url
        body = request.post_data_buffer
        if body is None:
            assert request.method == "GET" and len(request.url) < 200, request.url
        else:
            assert request.url.endswith("/api/pair") and set(json.loads(body)) == {"code"}, request.url
