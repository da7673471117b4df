"""Models on their way to a page: packed where that pays, which it does for made-up weights and for int8 ones."""

from __future__ import annotations

import gzip
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from facefit.app.limits import Refused
from facefit.app.networks import Network
from facefit.app.versions import tagged, unchanged, version_of_file

_SAMPLE = 1 << 18
_PAYS = 0.93


def model_response(data: bytes, headers: Mapping[str, str]) -> Response:
    """The bytes, packed if a piece from their middle shrinks."""
    packed = {"Content-Encoding": "gzip"} if _pays(data) else {}
    content = gzip.compress(data, 1) if packed else data
    return Response(content, media_type="application/octet-stream", headers={**headers, **packed})


def network_response(request: Request, network: Network) -> Response:
    """A network's file, without content where the browser has it; raises `Refused` (404) for another version of it."""
    version = version_of_file(network.file)
    if request.query_params.get("v", version) != version:
        raise Refused(404, "this network was replaced by a newer one; open the page again")
    headers = tagged(version, "private, no-cache")
    return unchanged(request, headers) or model_response(network.file.read_bytes(), headers)


def _pays(data: bytes) -> bool:
    middle = max(0, (len(data) - _SAMPLE) // 2)
    sample = data[middle : middle + _SAMPLE]
    return len(gzip.compress(sample, 1)) < _PAYS * len(sample)
