"""Weights as plain arrays: the sharing rule, shared and static networks, batch-norm statistics, files."""

from facefit.weights.metadata import NetworkMetadata, Task
from facefit.weights.people import TrainedPeople
from facefit.weights.seen_people import SeenPeople
from facefit.weights.shared_weights import NormStatistics, SharedWeights, active_positions, read_space_and_metadata
from facefit.weights.static_network import StaticNetwork

__all__ = [
    "NetworkMetadata",
    "NormStatistics",
    "SeenPeople",
    "SharedWeights",
    "StaticNetwork",
    "Task",
    "TrainedPeople",
    "active_positions",
    "read_space_and_metadata",
]
