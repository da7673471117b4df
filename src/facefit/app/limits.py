"""How much the server takes from outside: the size of a request, its rate, and what JSON may hold."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 1 << 17
"""Bytes of a request; timings of a portion are a hundredth of it."""


class Refused(Exception):
    """A request that is not served: a status of HTTP, and in one line why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class BoundedBodies:
    """Answers 413 to a request with more than `LARGEST_BODY` bytes, whether it says so beforehand or not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seen, began = 0, False

        async def receive_bounded() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > LARGEST_BODY:
                raise Refused(413, _too_large())
            return message

        async def send_noted(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        declared = dict(scope["headers"]).get(b"content-length", b"0")
        try:
            if not declared.isdigit() or int(declared) > LARGEST_BODY:
                raise Refused(413, _too_large())
            await self._app(scope, receive_bounded, send_noted)
        except Refused as error:
            if began:
                raise
            await JSONResponse({"error": str(error)}, error.status)(scope, receive, send)


def _too_large() -> str:
    return f"the request is larger than {LARGEST_BODY} bytes; nothing that this server takes is"


class Rate:
    """At most `events` for each key within `seconds`; keys that were quiet for so long are forgotten."""

    def __init__(self, events: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._events, self._seconds, self._clock = events, seconds, clock
        self._seen: dict[str, list[float]] = {}

    def check(self, key: str) -> None:
        """Counts one; raises `Refused` (429) if it is one too many."""
        now = self._clock()
        self._seen = {k: recent for k, times in self._seen.items() if (recent := self._recent(times, now))}
        times = self._seen.setdefault(key, [])
        if len(times) >= self._events:
            raise Refused(429, f"more than {self._events} tries in {self._seconds:.0f} seconds; wait a little")
        times.append(now)

    def _recent(self, times: list[float], now: float) -> list[float]:
        return [t for t in times if now - t < self._seconds]


async def json_object(request: Request) -> dict[str, Any]:
    """The request's JSON object; raises `Refused` (415 or 400) for anything else, NaN and infinities included."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/json":
        raise Refused(415, f"the request holds '{kind or 'nothing that it names'}'; expected application/json")
    try:
        data = json.loads(await request.body(), parse_constant=_no_constant, parse_float=_finite_number)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "the request is damaged; expected one JSON object of finite numbers") from error
    if not isinstance(data, dict):
        raise Refused(400, "the request holds something else; expected one JSON object")
    return data


def text_of(data: dict[str, Any], name: str, longest: int = 200) -> str:
    """A string of the object; raises `Refused` (400) if it is missing, longer, or not printable."""
    value = data.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > longest or not value.isprintable():
        raise Refused(400, f"'{name}' is missing or damaged; expected 1 to {longest} printable characters")
    return value.strip()


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _finite_number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value
