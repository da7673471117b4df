"""From labelled faces to a bundle of one's own: train, label, compare, and what comes of it."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from bundles import CLASSES
from calls import Call
from lessons import BRIEFLY, noise_folders, write_recipe

from facefit import Bundle
from facefit.bundle import SUPERNET
from facefit.labels.store import Labels
from facefit.supernet.loading import to_shared_weights, untrained
from facefit.training.recipe import load_recipe
from facefit.weights import NetworkMetadata


@pytest.fixture(scope="module")
def class_folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return noise_folders(tmp_path_factory.mktemp("faces"))


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recipe(tmp_path_factory.mktemp("recipe") / "small.yaml")


def supernet_for(recipe: Path, file: Path) -> Path:
    """One that has learnt nothing, of the recipe's space."""
    net = untrained(load_recipe(recipe).space(), len(CLASSES), seed=0)
    metadata = NetworkMetadata("expression", CLASSES, (0.5,) * 3, (0.25,) * 3, "none", {"data": "noise"})
    to_shared_weights(net.space, dict(net.named_parameters()), metadata).save(file)
    return file


def test_a_bundle_of_ones_own(
    call: Call, class_folders: Path, recipe: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    start = supernet_for(recipe, tmp_path_factory.mktemp("start") / SUPERNET)
    train = ("train", "--data", class_folders, "--recipe", recipe, "--out", tmp_path, "--start", start, *BRIEFLY)
    trained = call(*train, "--json")
    assert trained.code == 0, trained
    assert trained.json["protocol"] == "folder"
    assert trained.json["n"] + trained.json["search_split_n"] == 120
    assert f"n = {trained.json['n']}" in trained.err
    untouched = Bundle.load(tmp_path)
    assert untouched.extract(untouched.space.largest).subnet == untouched.space.largest  # no data, and no label yet
    assert untouched.statistics.cost is None
    labelled = call(
        "label",
        tmp_path,
        "--data",
        class_folders,
        "--subnets",
        20,
        "--observed",
        8,
        "--judged",
        3,
        "--seed",
        1,
        "--json",
    )
    assert labelled.code == 0, labelled
    assert labelled.json["subnets"] == 20 and labelled.json["n"] == trained.json["search_split_n"]
    before = (tmp_path / "labels.parquet").read_bytes()
    again = call("label", tmp_path, "--data", class_folders, "--subnets", 20, "--seed", 1, "--json")
    assert again.json["subnets"] == 20 and (tmp_path / "labels.parquet").read_bytes() == before
    (tmp_path / "checkpoint.pt").unlink()
    call(*train, "--seed", 1).is_mistake("another seed (supernet.safetensors, statistics.safetensors, labels.parquet)")
    (tmp_path / "training.json").rename(tmp_path / "kept.json")
    call(*train).is_mistake("holds supernet.safetensors", "no training.json", "another --out")
    (tmp_path / "kept.json").rename(tmp_path / "training.json")
    bundle = Bundle.load(tmp_path)
    assert bundle.metadata.classes == CLASSES
    assert bundle.statistics.cost is not None and bundle.statistics.cost.subnets == 3
    for name, learnt in untouched.statistics.coefficients.items():
        np.testing.assert_array_equal(bundle.statistics.coefficients[name], learnt)
    assert bundle.metadata.training["recipe"]["width"] == 0.25
    assert bundle.metadata.licence == "none" == bundle.metadata.training["start"]["licence"]  # that of the start
    fingerprint = hashlib.sha256(start.read_bytes()).hexdigest()
    assert bundle.metadata.training["start"] == {"data": "noise", "licence": "none", "weights": fingerprint}
    assert bundle.space.feature_width == 48 and bundle.statistics.space == bundle.space
    assert bundle.extract(bundle.space.largest).subnet == bundle.space.largest


def test_compare_judges_on_subnets_held_out(call: Call, bundle_folder: Path, tmp_path: Path) -> None:
    labels = Labels.load(bundle_folder / "labels.parquet")
    labels.save(tmp_path / "labels.parquet")
    (tmp_path / "supernet.safetensors").write_bytes((bundle_folder / "supernet.safetensors").read_bytes())
    answer = call("compare", tmp_path, "--json")
    assert answer.json["labelled_subnets"] == len(labels)
    assert 0 < answer.json["held_out_subnets"] < len(labels) / 2
    assert answer.json["pair_accuracy"] > 0.85 and answer.json["kendall_tau"] > 0.7
    bundle = Bundle.load(tmp_path)
    assert bundle.comparator.quality.pair_accuracy == answer.json["pair_accuracy"]
    rankings = answer.json["rankings"]
    assert bundle.surrogate.rmse == pytest.approx(answer.json["accuracy_rmse"]) == rankings["accuracy"]["rmse"]
    assert rankings["comparator"]["kendall_tau"] == answer.json["kendall_tau"]
    for name, row in rankings.items():
        assert row["pair_accuracy"] > 0.8 and row["kendall_tau"] > 0.6
        told = (name, row["model"], f"{100 * row['pair_accuracy']:.2f} %", f"{row['kendall_tau']:.3f}")
        assert any(all(part in line for part in told) for line in answer.err.splitlines())
    assert f"the same {answer.json['held_out_subnets']} subnets" in answer.err


Start = Callable[..., subprocess.Popen[str]]


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Code, and what was written to both outputs."""
    out, err = process.communicate(timeout=300)
    return process.returncode, out + err


@pytest.fixture(scope="module")
def longer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recipe(tmp_path_factory.mktemp("longer") / "longer.yaml", epochs=8, random=1)


def lessons(class_folders: Path, recipe: Path, out: Path) -> tuple[object, ...]:
    return ("train", "--data", class_folders, "--recipe", recipe, "--save-seconds", 1, *BRIEFLY, "--out", out)


@pytest.fixture(scope="module")
def whole(start: Start, class_folders: Path, longer: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training that nothing stopped."""
    folder = tmp_path_factory.mktemp("whole")
    code, told = ended(start(*lessons(class_folders, longer, folder)))
    assert code == 0 and "goes on" not in told, told
    return folder


@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_training_ends_bit_for_bit_as_if_it_had_never_stopped(
    blow: signal.Signals, start: Start, class_folders: Path, longer: Path, whole: Path, tmp_path: Path
) -> None:
    """Each run in a process of its own: the one that runs the tests may have been told to use other threads."""
    process = start(*lessons(class_folders, longer, tmp_path))
    awaited = tmp_path / ("metrics.jsonl" if blow == signal.SIGINT else "checkpoint.pt")
    while not awaited.exists() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(blow)
    code, told = ended(process)
    if blow == signal.SIGINT:
        assert code == 130 and "Traceback" not in told
        assert told.splitlines()[-1].startswith("facefit: interrupted")
    assert not (tmp_path / "supernet.safetensors").exists()
    code, told = ended(start(*lessons(class_folders, longer, tmp_path)))
    assert code == 0 and "goes on" in told, told
    states = [torch.load(run / "checkpoint.pt", weights_only=True) for run in (tmp_path, whole)]
    for part in ("net", "average"):
        for name, value in states[0][part].items():
            assert torch.equal(value, states[1][part][name]), name
    files = [(run / "supernet.safetensors").read_bytes() for run in (tmp_path, whole)]
    assert files[0] == files[1]


def test_a_folder_with_another_training_is_refused(call: Call, class_folders: Path, longer: Path, whole: Path) -> None:
    call(*lessons(class_folders, longer, whole), "--seed", 1).is_mistake("another seed")


def test_interrupted_labelling_keeps_what_it_has_and_goes_on(
    call: Call, start: Start, class_folders: Path, recipe: Path, tmp_path: Path
) -> None:
    assert call("train", "--data", class_folders, "--out", tmp_path, "--recipe", recipe, *BRIEFLY).code == 0
    arguments = ("label", tmp_path, "--data", class_folders, "--subnets", 300, "--observed", 8, "--judged", 3)
    process = start(*arguments, "--workers", 2)
    while not (tmp_path / "labels.parquet").exists() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert err.splitlines()[-1].startswith("facefit: interrupted") and "Traceback" not in err
    kept = Labels.load(tmp_path / "labels.parquet")
    assert 0 < len(kept) < 300
    assert call(*arguments).code == 0
    whole = Labels.load(tmp_path / "labels.parquet")
    assert len(whole) == 300 and np.array_equal(whole.genes[: len(kept)], kept.genes)
