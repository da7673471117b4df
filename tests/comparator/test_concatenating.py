"""The paper's own comparator on disk."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from facefit.comparator import Comparator, ConcatenatingComparator
from facefit.errors import ArtifactError
from facefit.space import ofa_mbv3
from facefit.space.population import sample


@pytest.fixture(scope="module")
def concatenating(space, labels) -> ConcatenatingComparator:
    genes, accuracy = labels
    return ConcatenatingComparator.fit(space, genes[:200], accuracy[:200], np.random.default_rng(0))


def test_saved_and_loaded_it_answers_the_same(concatenating, tmp_path: Path) -> None:
    path = tmp_path / "concatenating.json"
    concatenating.save(path)
    loaded = ConcatenatingComparator.load(path, concatenating.space)
    a, b = np.split(sample(concatenating.space, 200, np.random.default_rng(1)), 2)
    assert np.array_equal(loaded.prefer(a, b), concatenating.prefer(a, b))
    assert loaded.quality == concatenating.quality and loaded.space == concatenating.space


def test_damage_other_spaces_and_other_comparators_are_refused(concatenating, comparator, tmp_path: Path) -> None:
    path, other = tmp_path / "concatenating.json", tmp_path / "comparator.json"
    concatenating.save(path)
    comparator.save(other)
    with pytest.raises(ArtifactError, match="for the space"):
        ConcatenatingComparator.load(path, ofa_mbv3(width=1.0))
    for kind, file in ((ConcatenatingComparator, other), (Comparator, path)):
        with pytest.raises(ArtifactError, match="schema"):
            kind.load(file)
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"quality": None}))
    with pytest.raises(ArtifactError, match="checksum"):
        ConcatenatingComparator.load(path)
