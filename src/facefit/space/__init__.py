"""Which networks there are: the search space as data, subnets, and vectorised operators on populations."""

from facefit.space.config import subnet_from_config, subnet_to_config
from facefit.space.families import Family, mobilefacenet, ofa_mbv3
from facefit.space.layers import Conv, InvertedResidual, Layer, Pool
from facefit.space.search_space import Group, SearchSpace
from facefit.space.subnet import Block, Subnet

__all__ = [
    "Block",
    "Conv",
    "Family",
    "Group",
    "InvertedResidual",
    "Layer",
    "Pool",
    "SearchSpace",
    "Subnet",
    "mobilefacenet",
    "ofa_mbv3",
    "subnet_from_config",
    "subnet_to_config",
]
