"""Small search spaces for tests of everything that runs networks."""

from facefit.space import Group, SearchSpace


def tiny_space(resolutions: tuple[int, ...] = (24, 32)) -> SearchSpace:
    """Two groups, one with squeeze-and-excite; all kernels, expands and depths."""
    groups = (Group(16, 2, "relu", True), Group(24, 2, "h_swish", False))
    return SearchSpace("tiny", 8, 8, groups, 48, 32, depths=(1, 2, 3), resolutions=resolutions)
