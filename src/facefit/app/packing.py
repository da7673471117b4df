"""Models on their way to a page: packed where that pays, which it does for made-up weights and for int8 ones."""

from __future__ import annotations

import gzip

from starlette.responses import Response

_SAMPLE = 1 << 18
_PAYS = 0.93


def model_response(data: bytes, cache: str) -> Response:
    """The bytes, packed if a piece from their middle shrinks; `cache` is the Cache-Control header."""
    headers = {"Cache-Control": cache}
    if _pays(data):
        data = gzip.compress(data, 1)
        headers["Content-Encoding"] = "gzip"
    return Response(data, media_type="application/octet-stream", headers=headers)


def _pays(data: bytes) -> bool:
    middle = max(0, (len(data) - _SAMPLE) // 2)
    sample = data[middle : middle + _SAMPLE]
    return len(gzip.compress(sample, 1)) < _PAYS * len(sample)
