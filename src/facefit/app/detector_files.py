"""The detector's networks as files for the page, which runs the very same ones."""

from __future__ import annotations

from facefit.faces.detector_networks import landmark_graph, load_weights, proposal_graph, refinement_graph
from facefit.graph import emit_tflite

_PROPOSAL_SIDES = (37, 53)
"""Any odd sides that differ: with odd ones the pooling is written so that it fits all images, and the page writes the
shapes of each image into the file (`site/js/faces/model_shapes.js`)."""


def detector_files() -> dict[str, bytes]:
    """The `.tflite` files of MTCNN's cascade: `proposal`, `refinement` and `landmark`."""
    weights = load_weights()
    return {
        "proposal": emit_tflite(proposal_graph(weights, *_PROPOSAL_SIDES)),
        "refinement": emit_tflite(refinement_graph(weights)),
        "landmark": emit_tflite(landmark_graph(weights)),
    }
