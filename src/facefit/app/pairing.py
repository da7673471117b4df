"""Who may use the server: a device that gave the one-time code, and from then on brings its token."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from facefit.app.limits import Rate, Refused
from facefit.artifacts import read_json, write_json
from facefit.errors import ArtifactError

COOKIE = "facefit"
SECURE_COOKIE = "__Host-facefit"
VALID_SECONDS = 90 * 24 * 3600
_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_LENGTH = 8
_TRIES, _TRIES_SECONDS = 5, 60.0
_SCHEMA = "facefit.app-sessions/1"


class Pairing:
    """One code at a time, good for one device: 39 bits, and few tries a minute.

    `file` keeps the sessions, by hashes of their tokens, so that a restarted server still knows its devices.
    `on_code` is told each new code.
    """

    def __init__(
        self, file: Path, on_code: Callable[[str], None] = lambda code: None, clock: Callable[[], float] = time.time
    ) -> None:
        self._file, self._on_code, self._clock = file, on_code, clock
        self._rate = Rate(_TRIES, _TRIES_SECONDS)
        self._sessions = self._kept()
        self._code = _fresh_code()

    @property
    def code(self) -> str:
        """What the next device has to give."""
        return self._code

    def redeem(self, code: str, address: str) -> str:
        """The token of a new session; the code is void afterwards. Raises `Refused` (403, or 429 after many tries)."""
        self._rate.check(address)
        if not hmac.compare_digest(_plain(code), _plain(self._code)):
            raise Refused(403, "this is not the code that the computer shows; codes are good for one device only")
        token = secrets.token_urlsafe(32)
        self._sessions[session_of(token)] = self._clock()
        self._keep()
        self._code = _fresh_code()
        self._on_code(self._code)
        return token

    def session(self, token: str | None) -> str:
        """The session that a token belongs to; raises `Refused` (401) if there is none."""
        session = session_of(token or "")
        began = self._sessions.get(session)
        if began is None or self._clock() - began > VALID_SECONDS:
            raise Refused(401, "this device is not paired; scan the code that 'facefit app' shows on the computer")
        return session

    def _kept(self) -> dict[str, float]:
        if not self._file.exists():
            return {}
        data = read_json(self._file, f"paired devices ({_SCHEMA})")
        try:
            if data["schema"] != _SCHEMA:
                raise ValueError(data["schema"])
            return {str(session): float(began) for session, began in data["sessions"].items()}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ArtifactError(f"{self._file}: damaged list of paired devices ({error!r}); delete it") from error

    def _keep(self) -> None:
        now = self._clock()
        self._sessions = {s: began for s, began in self._sessions.items() if now - began <= VALID_SECONDS}
        write_json(self._file, {"schema": _SCHEMA, "sessions": self._sessions})
        os.chmod(self._file, 0o600)


def cookie_name(scheme: str) -> str:
    """What a browser keeps its token under.

    Browsers let no plain page overwrite a secure cookie, so https and http need names of their own; they take one that
    begins with `__Host-` from this host over https only.
    """
    return SECURE_COOKIE if scheme == "https" else COOKIE


def session_of(token: str) -> str:
    """A name for a session that does not give its token away."""
    return hashlib.sha256(token.encode()).hexdigest()[:32]


def _fresh_code() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    return f"{letters[:4]}-{letters[4:]}"


def _plain(code: str) -> bytes:
    return code.replace("-", "").replace(" ", "").upper().encode()
