"""The server of the page: its files, what it asks for, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from facefit.app import detector_files, offline
from facefit.app.api import Api
from facefit.app.headers import SafeHeaders
from facefit.app.limits import BoundedBodies, Refused
from facefit.app.site_files import PACKED, site_file


def create_app(api: Api, more: Sequence[BaseRoute] = ()) -> Starlette:
    """The ASGI application; `more` are further addresses that any device may read."""
    files = [detector_files.ROUTE, offline.ROUTE, Route("/{path:path}", site_file, methods=["GET"])]
    site = Mount("/", routes=files, middleware=[PACKED])
    return Starlette(
        routes=[*api.routes(), *more, site],
        middleware=[Middleware(SafeHeaders), Middleware(BoundedBodies)],
        exception_handlers={Refused: _refused, Exception: _failed},
    )


async def _refused(request: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, Refused) else 500
    return JSONResponse({"error": str(error)}, status)


async def _failed(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "the computer failed at this; its terminal says more"}, 500)
