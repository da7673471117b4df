"""The files of the page, as they lie in this package; some of them packed, and sent as they are."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from facefit.app.versions import tagged, unchanged, version_of_file

SITE = Path(__file__).parent / "site"
PACKED = Middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)
"""For the files of the page; networks are packed by `facefit.app.packing`."""
_TYPES = {".js": "text/javascript", ".wasm": "application/wasm", ".webmanifest": "application/manifest+json"}


async def site_file(request: Request) -> Response:
    """A file below `site`; one that lies there as `NAME.gz` is sent packed under its own name.

    A browser that has it already is told so.
    """
    path = site_path(request.path_params["path"] or "index.html")
    if path is None:
        return PlainTextResponse("there is no such page", 404)
    name = path.name.removesuffix(".gz")
    headers = tagged(version_of_file(path), "no-cache")
    if path.suffix == ".gz":
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return unchanged(request, headers) or FileResponse(path, media_type=_type(name), headers=headers)


def site_path(name: str) -> Path | None:
    """Where a file of the page lies; None if there is none, or the name leads out of the folder."""
    try:
        path = (SITE / name).resolve()
    except ValueError:  # a name with a null byte
        return None
    if not path.is_relative_to(SITE.resolve()):
        return None
    packed = path.with_name(f"{path.name}.gz")
    return next((place for place in (path, packed) if place.is_file()), None)


def _type(name: str) -> str:
    suffix = Path(name).suffix
    return _TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
