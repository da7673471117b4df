"""What the terminal shows: addresses to open, a QR code for the phone, and what works where."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import segno


@dataclass(frozen=True, slots=True)
class Invitation:
    """Where the page is: always on this machine, at `lan` (an address) for others if they may come, with or without
    https, and on a phone at the end of adb under localhost."""

    port: int
    lan: str | None
    https: bool
    adb: bool = False

    def address(self, code: str) -> str:
        """What a phone should open; the code follows '#', which browsers send to nobody."""
        return f"{self.base}/#code={code}"

    @property
    def base(self) -> str:
        """Scheme, host and port."""
        host = "localhost" if self.adb or not self.lan else self.lan
        return f"{self._scheme}://{host}:{self.port}"

    def lines(self, code: str) -> Iterator[str]:
        """For the terminal."""
        yield from qr_lines(self.address(code))
        yield f"open {self.address(code)}"
        if self.lan and not self.adb:
            yield f"on this machine: {self._scheme}://localhost:{self.port}/#code={code}"
        yield f"the code {code} is good for one device"
        if self.lan and not self.https and not self.adb:
            yield (
                "over plain http a phone matches photos, measures and fits; its camera and the use without network "
                "need --https or --adb"
            )

    @property
    def _scheme(self) -> str:
        return "https" if self.https else "http"


def qr_lines(text: str) -> list[str]:
    """A QR code in half blocks, for dark and light terminals."""
    out = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(out, compact=True, border=2)
    return out.getvalue().splitlines()
