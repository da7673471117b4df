"""`.pt2` files run in plain PyTorch and compute what their networks compute."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from spaces import tiny_space

from facefit.errors import InputError, ParityError
from facefit.graph import random_network, reference_outputs
from facefit.graph.card import card_beside
from facefit.graph.parity import random_images
from facefit.supernet.exported import export_pytorch

BOTH = ("descriptor", "probabilities")
SPACE = tiny_space()


@pytest.fixture
def network():
    return random_network(SPACE, SPACE.largest, np.random.default_rng(0), ("sad", "glad"))


def test_runs_without_facefit_for_any_number_of_images(network, tmp_path):
    path = tmp_path / "face.pt2"
    result = export_pytorch(network, path, BOTH)
    assert (result.format, result.size_bytes) == ("pytorch", path.stat().st_size)
    assert 0 < result.parity_max_abs < 1e-4
    extra = {"facefit.card.json": ""}
    module = torch.export.load(path, extra_files=extra).module()
    assert json.loads(extra["facefit.card.json"]) == json.loads(card_beside(path).read_text())
    for n in (1, 3):
        images = random_images(32, n, np.random.default_rng(5))
        seen = module(torch.from_numpy(images.transpose(0, 3, 1, 2).copy()))
        expected = reference_outputs(network, images)
        assert list(seen) == list(BOTH)
        for name in BOTH:
            np.testing.assert_allclose(
                seen[name].detach().numpy(), expected[name], atol=1e-4 * np.abs(expected[name]).max()
            )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["face.pt2", "face.pt2.card.json"]


def test_mistakes_leave_nothing(network, tmp_path):
    with pytest.raises(InputError, match=r"end in \.pt2"):
        export_pytorch(network, tmp_path / "face.pth")
    bare = random_network(SPACE, SPACE.smallest, np.random.default_rng(0))
    with pytest.raises(InputError, match="no classifier"):
        export_pytorch(bare, tmp_path / "face.pt2", BOTH)
    nan = replace(
        network, tensors=network.tensors | {"feature.weight": network.tensors["feature.weight"] * np.float32("nan")}
    )
    with pytest.raises(ParityError):
        export_pytorch(nan, tmp_path / "face.pt2")
    assert list(tmp_path.iterdir()) == []
