"""The service worker, told which files the page consists of, and when one of them changes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from facefit.app.detector_files import detector_files
from facefit.app.site_files import SITE
from facefit.app.versions import version_of, version_of_file

WORKER = "service-worker.js"


async def service_worker(request: Request) -> Response:
    """The worker with the list of files before it; another version of any file makes it another worker."""
    files = [f"/{path.relative_to(SITE)}" for path in shell_files()]
    shell = {"version": await run_in_threadpool(_version), "files": files}
    text = f"const SHELL = {json.dumps(shell)};\n{(SITE / WORKER).read_text()}"
    return Response(text, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


def shell_files() -> list[Path]:
    """What the page needs before it runs a network; the runtime is kept when it is first used."""
    files = (path for path in SITE.rglob("*") if path.is_file() and path.suffix not in (".gz", ".py"))
    return sorted(path for path in files if path.name not in (WORKER, "NOTICE"))


def _version() -> str:
    """Of all that has to fit together: the page, the runtime and the detector."""
    digest = hashlib.sha256()
    for path in sorted(path for path in SITE.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(SITE)} {version_of_file(path)}\n".encode())
    for name, data in detector_files().items():
        digest.update(f"{name} {version_of(data)}\n".encode())
    return digest.hexdigest()[:12]


ROUTE = Route(f"/{WORKER}", service_worker, methods=["GET"])
