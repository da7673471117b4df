"""Export hands over only files that were run and compared."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from facefit.errors import ArtifactError, InputError, LimitError, ParityError, at_least
from facefit.graph import add_to_card, export, random_network, reference_outputs
from facefit.graph.card import read_card
from facefit.graph.parity import random_images
from facefit.graph.seal import seal, unseal
from facefit.space import ofa_mbv3, subnet_from_config

SPACE = ofa_mbv3(width=0.35, resolutions=(48,))
BOTH = ("descriptor", "probabilities")


@pytest.fixture
def network():
    return random_network(SPACE, SPACE.smallest, np.random.default_rng(0), ("sad", "glad"))


def test_result_and_card_say_what_was_written(network, tmp_path):
    path = tmp_path / "new" / "face.tflite"
    result = export(network, path, BOTH, depthwise7="plain", card={"measured_ms": 1.5}, seed=3)
    assert result.size_bytes == path.stat().st_size
    assert 0 < result.parity_max_abs < 1e-4 and result.parity_cosine_min > 0.99999
    assert (result.format, result.delegate_partitions, result.reference) == ("tflite", 1, "numpy float64")
    assert json.loads(json.dumps(result.to_json()))["file"] == str(path)

    beside = json.loads(path.with_suffix(".card.json").read_text())
    inside = read_card(unseal(path.read_bytes(), "face"), "face")
    assert inside == beside
    assert inside["classes"] == ["sad", "glad"] and inside["measured_ms"] == 1.5
    assert inside["parity"]["max_abs"] == result.parity_max_abs
    assert inside["preprocessing"]["input_size"] == 48
    assert subnet_from_config(SPACE, inside["subnet"]) == network.subnet
    assert sorted(p.name for p in path.parent.iterdir()) == ["face.card.json", "face.tflite"]


def test_the_same_seed_gives_the_same_file(network, tmp_path):
    export(network, tmp_path / "a.tflite")
    export(network, tmp_path / "b.tflite")
    assert (tmp_path / "a.tflite").read_bytes() == (tmp_path / "b.tflite").read_bytes()


def test_a_given_reference_is_asked_with_pixels(network, tmp_path):
    asked = []

    def reference(pixels):
        asked.append(pixels)
        return reference_outputs(network, pixels)

    result = export(network, tmp_path / "a.tflite", reference=(reference, "mine"))
    assert result.reference == "mine"
    (pixels,) = asked
    assert pixels.dtype == np.float32 and pixels.shape[1:] == (48, 48, 3)
    assert pixels.min() >= 0 and 200 < pixels.max() <= 255


def other_network(network):
    tensors = dict(network.tensors)
    tensors["feature.weight"] = tensors["feature.weight"] + np.float32(1e-3)
    return replace(network, tensors=tensors)


def not_a_number(network):
    tensors = dict(network.tensors)
    tensors["head.norm.bias"] = np.full_like(tensors["head.norm.bias"], np.nan)
    return replace(network, tensors=tensors)


def other_classifier(network):
    return replace(network, tensors=network.tensors | {"classifier.bias": network.tensors["classifier.bias"] + [1, 0]})


@pytest.mark.parametrize("change", [other_network, not_a_number, other_classifier])
def test_a_file_that_differs_is_not_written(network, tmp_path, change):
    wrong = change(network)
    with pytest.raises(ParityError, match="differs"):
        export(
            network, tmp_path / "a.tflite", BOTH, reference=(lambda pixels: reference_outputs(wrong, pixels), "mine")
        )
    assert list(tmp_path.iterdir()) == []


def test_a_network_of_nans_is_not_written(network, tmp_path):
    with pytest.raises(ParityError):
        export(not_a_number(network), tmp_path / "a.tflite")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_old_file(network, tmp_path):
    path = tmp_path / "a.tflite"
    export(network, path)
    old = path.read_bytes()
    with pytest.raises(ParityError):
        export(not_a_number(network), path)
    assert path.read_bytes() == old


def test_float16_keeps_its_own_wider_limit(network, tmp_path):
    whole, half = (export(network, tmp_path / f"{w}.tflite", weights=w) for w in ("float32", "float16"))
    assert half.size_bytes < 0.6 * whole.size_bytes
    assert whole.parity_max_abs < half.parity_max_abs < 2e-3


def test_int8_weights_quarter_the_file_and_stay_in_one_partition(network, tmp_path):
    whole, small = (export(network, tmp_path / f"{w}.tflite", BOTH, weights=w) for w in ("float32", "int8"))
    assert small.size_bytes < 0.4 * whole.size_bytes
    assert whole.parity_max_abs < small.parity_max_abs < 0.05 and small.parity_cosine_min > 0.99
    assert small.delegate_partitions == 1
    assert json.loads((tmp_path / "int8.card.json").read_text())["weights"] == "int8"


def test_an_unwritable_place_is_the_users_mistake(network, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        export(network, tmp_path / "file" / "a.tflite")


def test_measurements_can_be_added_to_the_card(network, tmp_path):
    path = tmp_path / "a.tflite"
    export(network, path)
    before = path.read_bytes()
    add_to_card(path, {"latency": {"measured_ms": 2.5, "device": "Ärger"}})
    card = read_card(unseal(path.read_bytes(), "a"), "a")
    assert card["latency"] == {"measured_ms": 2.5, "device": "Ärger"} and card["task"] == "expression"
    assert json.loads(path.with_suffix(".card.json").read_text()) == card
    assert len(path.read_bytes()) == len(before)
    with pytest.raises(ArtifactError, match="no room"):
        add_to_card(path, {"long": "x" * 100_000})
    path.write_bytes(before[:-1])
    with pytest.raises(ArtifactError):
        add_to_card(path, {})


def test_a_seal_notices_every_change():
    sealed = b"".join(seal([b"some ", b"data"]))
    assert unseal(sealed, "x") == b"some data"
    for i in range(len(sealed)):
        for change in (sealed[:i] + bytes([sealed[i] ^ 1]) + sealed[i + 1 :], sealed[:i], sealed[:i] + sealed[i + 1 :]):
            with pytest.raises(ArtifactError, match="damaged"):
                unseal(change, "x")


def test_random_images_are_pixels_and_differ():
    images = random_images(48, 3, np.random.default_rng(0))
    assert images.shape == (3, 48, 48, 3) and images.dtype == np.float32
    assert (images == np.round(images)).all() and images.min() >= 0 and images.max() <= 255
    assert np.abs(images[0] - images[1]).mean() > 20


def test_a_file_over_the_size_allowed_is_not_written(network, tmp_path):
    size_bytes = export(network, tmp_path / "a.tflite").size_bytes
    assert export(network, tmp_path / "a.tflite", max_megabytes=1e-6 * size_bytes).size_bytes == size_bytes
    with pytest.raises(LimitError, match=f"{at_least(size_bytes, 1e6)} MB"):
        export(network, tmp_path / "b.tflite", max_megabytes=1e-6 * (size_bytes - 1))
    assert not list(tmp_path.glob("b*"))
