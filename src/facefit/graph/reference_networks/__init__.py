"""Published networks to compare with, built here with made-up weights; parameters are the published ones."""

from __future__ import annotations

from types import MappingProxyType

from facefit.errors import InputError
from facefit.graph.reference_networks.alexnet import ALEXNET
from facefit.graph.reference_networks.efficientnet import EFFICIENTNET_B0, EFFICIENTNET_B2, efficientnet_b0
from facefit.graph.reference_networks.mobilefacenet import MOBILEFACENET
from facefit.graph.reference_networks.mobilenet_v3 import MOBILENET_V3_LARGE, MOBILENET_V3_SMALL
from facefit.graph.reference_networks.network import ReferenceNetwork
from facefit.graph.reference_networks.resnets import IRESNET_50, SENET_50

__all__ = ["EFFICIENTNET_B0", "REFERENCE_NETWORKS", "ReferenceNetwork", "efficientnet_b0", "reference_network"]

REFERENCE_NETWORKS = MappingProxyType(
    {
        network.name: network
        for network in (
            EFFICIENTNET_B0,
            EFFICIENTNET_B2,
            MOBILENET_V3_LARGE,
            MOBILENET_V3_SMALL,
            MOBILEFACENET,
            ALEXNET,
            SENET_50,
            IRESNET_50,
        )
    }
)
"""All of them by name; EfficientNet-B0, in which limits are stated, is the first."""


def reference_network(name: str) -> ReferenceNetwork:
    """By name, in upper or lower case; raises `InputError` for any other name."""
    found = [network for key, network in REFERENCE_NETWORKS.items() if key.lower() == name.lower()]
    if not found:
        raise InputError(f"no reference network '{name}'; expected one of {', '.join(REFERENCE_NETWORKS)}")
    return found[0]
