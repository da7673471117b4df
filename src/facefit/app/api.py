"""What the server answers to a page: pairing, networks, and the work of a measurement. No address takes an image."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from facefit.app.jobs import Job
from facefit.app.limits import Rate, Refused, json_object, text_of
from facefit.app.packing import model_response, network_response
from facefit.app.pairing import VALID_SECONDS, Pairing, cookie_name
from facefit.app.purpose import Purpose
from facefit.app.wish import Wish
from facefit.app.work import Desk
from facefit.device import BROWSER_RUNTIME, Identity

Handler: TypeAlias = Callable[[Request, str], Awaitable[Response]]
_REQUESTS, _REQUESTS_SECONDS = 600, 10.0


@dataclass(frozen=True)
class Api:
    """The addresses below `/api`; all but `status` and `pair` are for paired devices. `requests` bounds how often one
    address of the network may ask."""

    pairing: Pairing
    purpose: Purpose
    requests: Rate = field(default_factory=lambda: Rate(_REQUESTS, _REQUESTS_SECONDS))

    def routes(self) -> list[Route]:
        def route(path: str, method: str, handler: Handler) -> Route:
            async def paired(request: Request) -> Response:
                self.requests.check(_address(request))
                return await handler(request, self._session(request))

            return Route(f"/api/{path}", paired, methods=[method])

        return [
            Route("/api/status", self.status, methods=["GET"]),
            Route("/api/pair", self.pair, methods=["POST"]),
            route("models", "GET", self.models),
            route("models/{name}", "GET", self.model),
            route("jobs", "POST", self.start),
            route("work", "GET", self.work),
            route("work/models/{key}", "GET", self.work_model),
            route("work/{number}/progress", "POST", self.progress),
            route("work/{number}", "POST", self.answer),
        ]

    async def status(self, request: Request) -> Response:
        """Whether this device is paired, what the server is there for, and what the device takes part in."""
        try:
            session = self._session(request)
        except Refused:
            return _json({"paired": False, "purpose": self.purpose.name, "job": None})
        job = self.purpose.job(session)
        return _json({"paired": True, "purpose": self.purpose.name, "job": job.to_json() if job else None})

    async def pair(self, request: Request) -> Response:
        """Spends the code; the token goes into a cookie that scripts cannot read and other sites cannot use."""
        code = text_of(await json_object(request), "code", longest=20)
        token = self.pairing.redeem(code, _address(request))
        response = _json({"paired": True})
        https = request.url.scheme == "https"
        name = cookie_name(request.url.scheme)
        response.set_cookie(name, token, max_age=VALID_SECONDS, httponly=True, samesite="strict", secure=https)
        return response

    async def models(self, request: Request, session: str) -> Response:
        def listed() -> list[dict[str, Any]]:
            return [network.to_json() for network in self.purpose.networks(session)]

        return _json({"models": await run_in_threadpool(listed)})

    async def model(self, request: Request, session: str) -> Response:
        """A network; asked for by its version it is that one or none."""
        for network in await run_in_threadpool(self.purpose.networks, session):
            if network.name == request.path_params["name"]:
                return await run_in_threadpool(network_response, request, network)
        raise Refused(404, "there is no such network")

    async def start(self, request: Request, session: str) -> Response:
        """Begins what the server is there for; the page introduces its browser."""
        data = await json_object(request)
        job = self.purpose.start(session, _identity(data), Wish.from_json(data))
        return _json(job.to_json(), 202)

    async def work(self, request: Request, session: str) -> Response:
        """How far the job is, and what the page should time next, if anything."""
        job = self._job(session)
        portion = job.desk.portion()
        return _json({"job": job.to_json(), "work": portion.to_json() if portion else None})

    async def work_model(self, request: Request, session: str) -> Response:
        """A model to time; its name is the hash of its content, so that it need not be asked for twice."""
        data = self._desk(session).model(request.path_params["key"])
        return await run_in_threadpool(model_response, data, {"Cache-Control": "private, max-age=86400, immutable"})

    async def progress(self, request: Request, session: str) -> Response:
        steps = (await json_object(request)).get("steps")
        if not isinstance(steps, int) or isinstance(steps, bool):
            raise Refused(400, "'steps' is missing or damaged; expected a number of bursts")
        self._desk(session).report(request.path_params["number"], steps)
        return _json({})

    async def answer(self, request: Request, session: str) -> Response:
        """The timings of a portion: for each model, milliseconds of each pass."""
        passes_ms = (await json_object(request)).get("passes_ms")
        self._desk(session).answer(request.path_params["number"], passes_ms)
        return _json({})

    def _session(self, request: Request) -> str:
        return self.pairing.session(request.cookies.get(cookie_name(request.url.scheme)))

    def _job(self, session: str) -> Job:
        job = self.purpose.job(session)
        if job is None:
            raise Refused(409, "nothing is being measured; start it again, what was measured is kept")
        return job

    def _desk(self, session: str) -> Desk:
        return self._job(session).desk


def _json(data: dict[str, Any], status: int = 200) -> Response:
    return JSONResponse(data, status, headers={"Cache-Control": "no-store"})


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _identity(data: dict[str, Any]) -> Identity:
    """What a page says of its browser; whatever it says, the runtime is the one of browsers."""
    details = data.get("details")
    if not isinstance(details, dict) or len(details) > 12:
        raise Refused(400, "'details' is missing or damaged; expected an object of at most 12 texts")
    return Identity(
        device=text_of(data, "device"),
        runtime=BROWSER_RUNTIME,
        runtime_version=text_of(data, "runtime_version"),
        threads=1,
        details={str(name)[:40]: text_of(details, name) for name in details},
    )
