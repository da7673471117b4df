"""Finalists measured on the search split."""

from __future__ import annotations

import numpy as np
import pytest
from spaces import tiny_space

from facefit.evaluation.intervals import wilson_interval
from facefit.faces.dataset import LabelledFaces
from facefit.faces.held_out_people import GALLERIES, HeldOutPeople
from facefit.labels.finalists import measure_finalists
from facefit.labels.workers import Labelled, Work
from facefit.search import Finalist, SearchResult
from facefit.space.population import Genes, decode, encode
from facefit.supernet.network import SuperNet


class Known(Work):
    """The subnet with the larger genes is right once more."""

    def label(self, genes: Genes) -> Labelled:
        return Labelled(genes, 10 + genes.astype(np.int64).sum(axis=1), np.full(len(genes), -1.0))


def found(genes: Genes) -> SearchResult:
    finalists = tuple(Finalist(s, g, 1.0, None) for s, g in zip(decode(tiny_space(), genes), genes, strict=True))
    nothing = np.zeros(0)
    return SearchResult(finalists, None, 0.0, 1, False, 0, genes, nothing, None, None, np.zeros(0, np.intp))


@pytest.mark.parametrize(("kind", "n", "repeats"), [(LabelledFaces, 100, 1), (HeldOutPeople, 90, GALLERIES)])
def test_galleries_do_not_make_more_photos(kind: type[LabelledFaces], n: int, repeats: int) -> None:
    """Ten people with ten photos each: 90 are looked up, in whichever galleries."""
    space, person = tiny_space(), np.repeat(np.arange(10), 10)
    names, people = tuple(map(str, range(100))), tuple(map(str, range(10)))
    split = kind(np.zeros((100, 8, 8, 3), np.uint8), np.eye(10, dtype=np.float32)[person], names, people, "noise")
    genes = encode(space, [space.smallest, space.largest])
    result = measure_finalists(Known(SuperNet(space, 3), split, split), found(genes))
    assert [f.subnet for f in result.finalists] == [space.largest, space.smallest]
    for finalist in result.finalists:
        right = (10 + int(finalist.genes.sum())) / repeats
        assert finalist.measured is not None and finalist.measured.n == n
        assert finalist.measured.value == pytest.approx(right / n)
        assert finalist.measured.interval == wilson_interval(right, n)
