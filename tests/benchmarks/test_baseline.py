"""A network without choices trains on what a SuperNet trains on, goes on, and says whom it has learnt from."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from calls import Call
from one_network_order import SUBNETS, Order, untrained_network
from PIL import Image
from starts import load_start

from facefit.artifacts import read_json
from facefit.faces.dataset import in_search_split
from facefit.faces.teacher import Teacher
from facefit.runtime import Descriptor
from facefit.space import ofa_mbv3
from facefit.supernet.loading import take_over, to_shared_weights, untrained
from facefit.training.recipe import load_recipe
from facefit.weights import NetworkMetadata, TrainedPeople

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "baseline.py"
RECIPE = """
width: 0.25
DESCRIPTOR
resolutions: [32, 64]
head: {kind: KIND}
phases:
  - {epochs: 1, resolutions: [32], largest: never, smallest: false, random: 1, batch: 16}
  - {epochs: 1, resolutions: [32, 64], batch: 16}
"""


@pytest.fixture
def call(script: Call) -> Call:
    return partial(script, SCRIPT.name)


def recipe(folder: Path, kind: str, descriptor: str = "") -> Path:
    path = folder / f"{kind}.yaml"
    path.write_text(RECIPE.replace("KIND", kind).replace("DESCRIPTOR", descriptor))
    return path


@pytest.fixture(scope="module")
def shades(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty images each of two classes, as 'expressions'."""
    root, rng = tmp_path_factory.mktemp("shades"), np.random.default_rng(0)
    for label, level in (("dark", 40), ("light", 200)):
        (root / label).mkdir()
        for i in range(40):
            Image.fromarray(rng.integers(level, level + 50, (32, 32, 3)).astype(np.uint8)).save(
                root / label / f"{i}.png"
            )
    return root


@pytest.mark.parametrize("network", ["MobileNetV3-Small", "smallest subnet alone"])
def test_a_finished_run_is_not_trained_again_and_another_one_is_refused(
    call: Call, network: str, shades: Path, tmp_path: Path
) -> None:
    how, out = recipe(tmp_path, "softmax"), tmp_path / "out"
    order = ("--network", network, "--task", "expression", "--data", shades, "--out", out, "--recipe", how)
    first = call(*order)
    assert first.code == 0, first
    facts = first.json
    assert (facts["resolution"], facts["epochs"], facts["network"]) == (64, 2, network)
    assert (facts["outputs"], facts["weights"]) == (["descriptor", "probabilities"], "float16")
    file = Path(facts["file"])
    data, epochs = file.read_bytes(), (out / "metrics.jsonl").read_text()
    assert [json.loads(line)["phase"] for line in epochs.splitlines()] == [0, 1]
    file.unlink()
    precise = call(*order, "--weights", "float32")
    assert precise.json["weights"] == "float32" and 1.7 * len(data) < file.stat().st_size < 2.1 * len(data)
    again = call(*order)
    assert "goes on from" in again.err and (out / "metrics.jsonl").read_text() == epochs
    assert file.read_bytes() == data
    other = call(*order, "--epochs-scale", "2")
    assert other.code != 0 and "holds a run with another recipe" in other.err, other


def test_weights_of_the_same_network_are_a_start(call: Call, shades: Path, tmp_path: Path) -> None:
    how = recipe(tmp_path, "softmax")
    order = ("--network", "MobileNetV3-Small", "--task", "expression", "--data", shades, "--recipe", how)
    # In half precision, networks that have learnt so little may be refused, which depends on the processor.
    order += ("--weights", "float32")
    assert call(*order, "--out", tmp_path / "a").code == 0
    from_it = call(*order, "--out", tmp_path / "b", "--start", tmp_path / "a")
    taken, _, of = from_it.err.split("starts from ")[1].split(" tensors")[0].partition(" of ")
    assert from_it.code == 0 and int(taken) == int(of) > 50
    others = (SCRIPT, *order, "--out", tmp_path / "c", "--start", tmp_path)
    nothing = subprocess.run([sys.executable, *map(str, others)], capture_output=True, text=True, check=False)
    assert nothing.returncode == 1 and "holds no checkpoint.pt" in nothing.stderr
    assert "Traceback" not in nothing.stderr


@pytest.mark.parametrize("network", SUBNETS)
def test_a_subnet_alone_begins_with_what_it_is_in_a_supernet(network: str, tmp_path: Path) -> None:
    learnt = untrained(ofa_mbv3(0.25, (64,), 16), 3, seed=1)
    metadata = NetworkMetadata("identity", (), (0.5,) * 3, (0.25,) * 3, "none", {"data": "noise"})
    file, recipe_file = tmp_path / "supernet.safetensors", recipe(tmp_path, "softmax", "descriptor: 16")
    to_shared_weights(learnt.space, dict(learnt.named_parameters()), metadata).save(file)
    source: Any = None
    order = Order(network, "identity", load_recipe(recipe_file), tmp_path, source, tmp_path, file)
    alone, start = untrained_network(order, 3), load_start(file, network)
    classifier = {"classifier.weight", "classifier.bias"}  # of other people
    assert take_over(alone, start.tensors) == len(alone.state_dict()) - len(classifier)
    images = torch.randn(8, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    subnet = learnt.space.largest if network == SUBNETS[0] else learnt.space.smallest
    whole, own = learnt.recalibrate(subnet, images), alone.recalibrate(alone.space.largest, images)
    expected = learnt.evaluate(subnet, images, whole).descriptor
    told = alone.evaluate(alone.space.largest, images, own).descriptor
    torch.testing.assert_close(told, expected, rtol=0.02, atol=0.02)  # the file has half precision
    assert expected.std() > 0.1


@pytest.mark.real_data
@pytest.mark.usefixtures("kept_detections")
def test_people_are_learnt_from_as_a_supernet_learns_from_them(call: Call, people: Path, tmp_path: Path) -> None:
    teacher = tmp_path / "teacher.parquet"
    names = tuple(p.relative_to(people).as_posix() for p in sorted(people.rglob("*.jpg")))
    Teacher(names, np.random.default_rng(0).normal(size=(len(names), 24)).astype(np.float32), "nobody").save(teacher)
    left_out, *others = sorted(p.name for p in people.iterdir() if not in_search_split(p.name))
    (tmp_path / "leave.txt").write_text(f"{left_out}\n")
    done = call(
        "--network", "MobileFaceNet", "--data", people, "--out", tmp_path / "out", "--teacher", teacher,
        "--exclude-people", tmp_path / "leave.txt", "--recipe", recipe(tmp_path, "taught", "descriptor: 24"),
        "--licence", "research only",
    )  # fmt: skip
    assert done.code == 0, done
    facts = done.json
    card = read_json(tmp_path / "out" / "network.card.json", "card")
    listed = TrainedPeople.of_card(card)
    assert (
        listed is not None
        and listed.unnamed == (f"{len(others)} numbered people", "nobody")
        and card["licence"] == "research only"
    )
    assert left_out not in listed and all(name in listed for name in others) and len(listed) == len(others)
    assert facts["n"] == 2 * 6 * len(others)
    assert (facts["outputs"], facts["weights"]) == (["descriptor"], "float16")
    assert Descriptor(facts["file"])(np.zeros((1, 64, 64, 3), np.uint8)).shape == (1, 24)
