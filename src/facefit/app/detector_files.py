"""The detector's networks as files for the page, which runs the very same ones."""

from __future__ import annotations

from functools import cache

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from facefit.app.versions import tagged, unchanged, version_of
from facefit.faces.detector_networks import landmark_graph, load_weights, proposal_graph, refinement_graph
from facefit.graph import emit_tflite

_PROPOSAL_SIDES = (37, 53)
"""Any odd sides that differ: with odd ones the pooling is written so that it fits all images, and the page writes the
shapes of each image into the file (`site/js/faces/model_shapes.js`)."""


@cache
def detector_files() -> dict[str, bytes]:
    """The `.tflite` files of MTCNN's cascade: `proposal`, `refinement` and `landmark`."""
    weights = load_weights()
    return {
        "proposal": emit_tflite(proposal_graph(weights, *_PROPOSAL_SIDES)),
        "refinement": emit_tflite(refinement_graph(weights)),
        "landmark": emit_tflite(landmark_graph(weights)),
    }


async def detector_file(request: Request) -> Response:
    """One of them; a browser that has it already is told so."""
    data = detector_files().get(request.path_params["name"])
    if data is None:
        return PlainTextResponse("the detector has no such network", 404)
    headers = tagged(version_of(data), "no-cache")
    return unchanged(request, headers) or Response(data, media_type="application/octet-stream", headers=headers)


ROUTE = Route("/detector/{name}.tflite", detector_file, methods=["GET"])
