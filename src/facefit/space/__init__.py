"""Which networks there are: the search space as data, subnets, and vectorised operators on populations."""

from facefit.space.config import subnet_from_config, subnet_to_config
from facefit.space.layers import Conv, InvertedResidual, Layer, Pool
from facefit.space.search_space import Group, SearchSpace
from facefit.space.subnet import Block, Subnet

__all__ = [
    "Block",
    "Conv",
    "Group",
    "InvertedResidual",
    "Layer",
    "Pool",
    "SearchSpace",
    "Subnet",
    "subnet_from_config",
    "subnet_to_config",
]
