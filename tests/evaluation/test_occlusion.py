"""The map shows the part of the image that a descriptor reads, and no other."""

from __future__ import annotations

import numpy as np
import pytest

from facefit.errors import InputError
from facefit.evaluation.occlusion import occlusion_map, occlusion_maps


class Reads:
    """Describes a face by the pixels of one of its quarters alone."""

    input_size = 32

    def __init__(self, rows: slice, columns: slice) -> None:
        self._part = (slice(None), rows, columns)

    def __call__(self, faces: np.ndarray) -> np.ndarray:
        seen = faces[self._part].reshape(len(faces), -1).astype(np.float32) - 127
        return (seen / np.linalg.norm(seen, axis=1, keepdims=True)).astype(np.float32)


def face(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (32, 32, 3), np.uint8)


@pytest.mark.parametrize("top", [True, False])
@pytest.mark.parametrize("left", [True, False])
def test_the_map_is_dark_where_the_descriptor_looks(top, left):
    rows, columns = slice(0, 16) if top else slice(16, 32), slice(0, 16) if left else slice(16, 32)
    moved = occlusion_map(Reads(rows, columns), face())
    assert moved.shape == (11, 11)
    corner = moved if top else moved[::-1]
    corner = corner if left else corner[:, ::-1]
    assert corner[1:4, 1:4].min() > 0.05  # the square covers a quarter of what is read
    assert np.abs(corner[7:]).max() < 1e-6 and np.abs(corner[:, 7:]).max() < 1e-6


def test_several_faces_and_progress():
    told = []
    faces = np.stack([face(0), face(1)])
    reads = Reads(slice(0, 32), slice(0, 32))
    maps = occlusion_maps(reads, faces, lambda done, total: told.append((done, total)), steps=5)
    assert maps.shape == (2, 5, 5) and told == [(1, 2), (2, 2)]
    np.testing.assert_allclose(maps[1], occlusion_map(reads, faces[1], steps=5))


def test_a_cover_of_the_whole_image_moves_most():
    reads = Reads(slice(0, 32), slice(0, 32))
    small, large = (occlusion_map(reads, face(), 5, share)[2, 2] for share in (0.2, 0.8))
    assert 0 < small < large


@pytest.mark.parametrize(("steps", "share"), [(1, 0.25), (5, 0), (5, 1.5)])
def test_other_grids_are_refused(steps, share):
    with pytest.raises(InputError, match="expected a share"):
        occlusion_map(Reads(slice(0, 8), slice(0, 8)), face(), steps, share)
