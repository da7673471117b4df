"""A server with its address, its certificate and its invitation, for as long as a block runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import FileResponse
from starlette.routing import BaseRoute, Route

from facefit.app.api import Api
from facefit.app.certificate import certified, fingerprint
from facefit.app.invitation import Invitation, qr_lines
from facefit.app.pairing import Pairing
from facefit.app.places import lan_address
from facefit.app.purpose import Purpose
from facefit.app.server import create_app
from facefit.app.serving import Tls, bound_socket, serving
from facefit.device import Adb

Tell = Callable[[str], None]
ANYWHERE = "0.0.0.0"


@dataclass(frozen=True, slots=True)
class Hosting:
    """How a server is reached: `host` and `port` to listen at, with a certificate, or by adb; `folder` keeps what it
    must not forget."""

    folder: Path
    host: str = ANYWHERE
    port: int = 8000
    https: bool = False
    adb: bool = False
    serial: str | None = None

    @contextmanager
    def running(self, purpose: Purpose, tell: Tell) -> Iterator[tuple[Invitation, Pairing]]:
        """Serves while the block runs, and tells the terminal how to come in.

        Raises `InputError` if the port is taken or https cannot be had for the host, `DeviceError` if adb reaches no
        phone.
        """
        phone = Adb(self.serial) if self.adb else None
        with closing(bound_socket("127.0.0.1" if phone else self.host, self.port)) as listening:
            invitation = self._invitation(int(listening.getsockname()[1]))
            tls, more = self._certificate(invitation, tell) if self.https else (None, [])

            def invite(code: str) -> None:
                for line in invitation.lines(code):
                    tell(line)

            pairing = Pairing(self.folder / "sessions.json", invite)
            with serving(create_app(Api(pairing, purpose), more), listening, tls):
                if phone:
                    phone.reverse(invitation.port)
                invite(pairing.code)
                yield invitation, pairing

    def _invitation(self, port: int) -> Invitation:
        alone = self.host == "localhost" or self.host.startswith("127.")
        lan = lan_address() if self.host == ANYWHERE else None if alone else self.host
        return Invitation(port, lan, self.https, self.adb)

    def _certificate(self, invitation: Invitation, tell: Tell) -> tuple[Tls, list[BaseRoute]]:
        """The certificate, and an address at which a phone gets the authority to trust."""
        addresses = [invitation.lan] if invitation.lan and not self.adb else []  # by adb the phone asks its localhost
        tls, authority = certified(self.folder / "certificate", addresses)

        async def answer(request: object) -> FileResponse:
            return FileResponse(authority, media_type="application/x-x509-ca-cert", filename="facefit-authority.crt")

        address = f"{invitation.base}/authority.crt"
        for line in (*qr_lines(address), *_TRUST):
            tell(line.format(address=address, fingerprint=fingerprint(authority)))
        return tls, [Route("/authority.crt", answer, methods=["GET"])]


_TRUST = (
    "once for each phone, so that it trusts this computer: open {address} (pass the warning this one time), then",
    "  Android: Settings > Security > Encryption & credentials > Install a certificate > CA certificate",
    "  iPhone: Settings > Profile downloaded > Install; then General > About > Certificate Trust Settings",
    "  it must show the SHA-256 {fingerprint}",
)
