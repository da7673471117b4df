"""The service worker, told which files the page consists of, and when one of them changes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from facefit.app.site_files import SITE

WORKER = "service-worker.js"


async def service_worker(request: Request) -> Response:
    """The worker with the list of files before it; another version of any file makes it another worker."""
    shell = {"version": _version(shell_files()), "files": [f"/{path.relative_to(SITE)}" for path in shell_files()]}
    text = f"const SHELL = {json.dumps(shell)};\n{(SITE / WORKER).read_text()}"
    return Response(text, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


def shell_files() -> list[Path]:
    """What the page needs before it runs a network; the runtime is kept when it is first used."""
    files = (path for path in SITE.rglob("*") if path.is_file() and path.suffix not in (".gz", ".py"))
    return sorted(path for path in files if path.name not in (WORKER, "NOTICE"))


def _version(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(SITE)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


ROUTE = Route(f"/{WORKER}", service_worker, methods=["GET"])
