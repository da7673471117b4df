"""`facefit fit` and its parts on this machine, with a bundle that is small and untrained."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundles import noise_faces
from calls import Call
from PIL import Image

from facefit import Bundle, Descriptor, DeviceProfile, StaticNetwork
from facefit.device import Entry
from facefit.fit.calibration import extract_predicted
from facefit.space import subnet_from_config
from facefit.weights.statistics import PredictionCost

RUN_FILES = {
    "profile.json",
    "search.json",
    "subnet.json",
    "subnet.safetensors",
    "descriptor.tflite",
    "descriptor.card.json",
    "report.html",
}
FIT_KEYS = {
    "file",
    "subnet",
    "limit_ms",
    "predicted_ms",
    "measured_ms",
    "reference_ms",
    "accuracy",
    "parity_max_abs",
    "seconds",
}


def test_fit_hands_over_a_file_within_the_limit(
    call: Call, bundle_folder: Path, profile_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    arguments = ("--profile", profile_file, "--out", out, "--bundle", bundle_folder, "--json")
    answer = call("fit", "--limit", "0.05x", *arguments)
    assert answer.code == 0, answer
    result = answer.json
    assert result.keys() >= FIT_KEYS
    assert {path.name for path in out.iterdir()} == RUN_FILES
    assert result["limit_kept"] and result["measured_ms"] <= 1.03 * result["limit_ms"]
    assert result["limit_ms"] == pytest.approx(0.05 * result["reference_ms"])
    assert result["parity_max_abs"] <= 5e-3  # weights in float16
    assert result["parity_reference"].startswith("PyTorch")
    network = StaticNetwork.load(out / "subnet.safetensors")
    assert network.subnet == subnet_from_config(network.space, json.loads((out / "subnet.json").read_text()))
    descriptor = Descriptor(out / "descriptor.tflite")
    latency = descriptor.card["latency"]
    assert latency["measured_ms"] == result["measured_ms"]
    assert latency["measured_ms_interval"] == result["measured_ms_interval"]
    low, high = result["measured_ms_interval"]
    assert low <= result["measured_ms"] <= high and f"ms ({low:.3f} to {high:.3f}), predicted" in answer.err
    assert "95 % interval" in (out / "report.html").read_text()
    assert descriptor.card["accuracy"]["value"] == result["accuracy"]
    faces = noise_faces(3, 40, 5).images
    assert descriptor(faces).shape == (3, 32)
    assert np.allclose(descriptor.probabilities(faces).sum(axis=1), 1)


def test_search_is_the_same_for_a_seed_and_keeps_the_limit(
    call: Call, bundle_folder: Path, profile_file: Path, tmp_path: Path
) -> None:
    limit_ms = 0.03 * DeviceProfile.load(profile_file).reference_ms
    arguments = ("search", "--profile", profile_file, "--limit", f"{limit_ms}ms", "--bundle", bundle_folder, "--json")
    first, again = (call(*arguments, "--seed", 3).json for _ in range(2))
    assert first["subnet"] == again["subnet"]
    assert first["predicted_ms"] <= first["limit_ms"] == pytest.approx(limit_ms)
    assert first["seconds"] < first["total_seconds"]
    written = call(*arguments, "--out", tmp_path / "net.json")
    assert json.loads((tmp_path / "net.json").read_text()) == written.json["subnet"]


def test_export_of_a_config_equals_export_of_its_subnet(
    call: Call, bundle_folder: Path, profile_file: Path, tmp_path: Path
) -> None:
    config, one, two = tmp_path / "net.json", tmp_path / "one.tflite", tmp_path / "two.tflite"
    call("search", "--profile", profile_file, "--bundle", bundle_folder, "--out", config)
    answer = call("export", "--subnet", config, "--bundle", bundle_folder, "--out", one, "--json")
    assert answer.json.keys() >= {"file", "format", "size_bytes", "parity_max_abs", "seconds"}
    assert answer.json["size_bytes"] == one.stat().st_size
    both = call("export", "--subnet", config, "--bundle", bundle_folder, "--out", two, "--outputs", "both")
    assert both.code == 0 and str(two) in both.out
    assert Descriptor(one).classes == Descriptor(two).classes != ()
    faces = noise_faces(4, 32, 6).images
    np.testing.assert_allclose(Descriptor(one)(faces), Descriptor(two)(faces), atol=1e-6)


def test_calibration_and_the_profile_of_an_earlier_run(
    call: Call, bundle_folder: Path, profile_file: Path, tmp_path: Path
) -> None:
    faces, out = tmp_path / "faces", tmp_path / "run"
    for folder in (faces, out):
        folder.mkdir()
    for name, image in zip(noise_faces(40, 48, 2).names, noise_faces(40, 48, 2).images, strict=True):
        Image.fromarray(image // 2).save(faces / name)
    (faces / "broken.jpg").write_text("not a picture")
    profile = DeviceProfile.load(profile_file)
    faster = {r: Entry(entry.ms / 2, entry.spread_percent) for r, entry in profile.references.items()}
    replace(profile, references=faster).save(out / "profile.json")
    answer = call("fit", "--out", out, "--calibrate", faces, "--bundle", bundle_folder, "--json")
    assert not answer.json["profiled"]
    before_ms = answer.json["reference_ms"] / (1 + answer.json["drift_percent"] / 100)
    assert before_ms == pytest.approx(profile.reference_ms / 2)
    assert answer.json["limit_ms"] == pytest.approx(0.6 * answer.json["reference_ms"])  # of the machine as it is now
    assert f"more time than in its profile: delete {out / 'profile.json'} and fit again" in answer.err
    assert answer.json["statistics"] == "recalibrated on 40 images"
    assert "1 images were left out of the calibration" in answer.err and "first: broken.jpg (" in answer.err
    assert answer.json["skipped_images"] == 1 and answer.json["skipped"].keys() == {"broken.jpg"}
    assert Descriptor(out / "descriptor.tflite").card["statistics"] == "recalibrated on 40 images"
    calibrated = StaticNetwork.load(out / "subnet.safetensors")
    predicted = Bundle.load(bundle_folder).extract(calibrated.subnet)
    mean = "stem.norm.running_mean"
    assert not np.allclose(calibrated.tensors[mean], predicted.tensors[mean], rtol=0.05)
    assert np.array_equal(calibrated.tensors["stem.conv.weight"], predicted.tensors["stem.conv.weight"])


def test_where_prediction_costs_much_calibrating_is_advised(bundle_folder: Path) -> None:
    bundle = Bundle.load(bundle_folder)
    for points, advised in ((0.31, True), (0.29, False)):
        bundle.statistics = replace(bundle.statistics, cost=PredictionCost(points, (0.1, 0.5), 20, "noise", 100))
        said = extract_predicted(bundle, bundle.space.smallest).statistics
        assert said.startswith(f"predicted, which costs +{points} points") and ("--calibrate" in said) == advised


def test_the_front_holds_the_best_subnet_for_every_latency(
    call: Call, bundle_folder: Path, profile_file: Path, tmp_path: Path
) -> None:
    arguments = ("search", "--profile", profile_file, "--bundle", bundle_folder, "--json")
    answer = call(*arguments, "--front", "--out", tmp_path / "front.json")
    assert answer.code == 0, answer
    front = answer.json["front"]
    latencies, accuracies = ([row[key] for row in front] for key in ("predicted_ms", "accuracy"))
    assert latencies == sorted(set(latencies)) and accuracies == sorted(set(accuracies)) and len(front) > 3
    assert json.loads((tmp_path / "front.json").read_text())["front"] == front
    one = call(*arguments, "--limit", f"{latencies[-1] * 1.001:.9f}ms")
    assert one.json["accuracy"] <= accuracies[-1] + 1e-9
    assert all(row["missed_at_most"] >= 0 for row in front) and answer.json["max_macs"] is None
    call(*arguments, "--front", "--finalists", tmp_path).is_mistake("--finalists")
    replace(DeviceProfile.load(profile_file), references={}).save(tmp_path / "table.json")
    told = call("search", "--profile", tmp_path / "table.json", "--bundle", bundle_folder, "--front")
    assert told.code == 0 and "EfficientNet" not in told.out


def test_the_front_keeps_other_limits(call: Call, bundle_folder: Path, profile_file: Path, tmp_path: Path) -> None:
    arguments = ("search", "--front", "--profile", profile_file, "--bundle", bundle_folder, "--json")
    space = DeviceProfile.load(profile_file).space

    def macs(row: dict[str, Any]) -> int:
        return sum(layer.macs for layer in space.layers(subnet_from_config(space, row["subnet"])))

    free = call(*arguments).json["front"]
    most = 0.7 * max(map(macs, free))
    answer = call(*arguments, "--max-macs", most, "--max-megabytes", 1)
    assert answer.code == 0, answer
    front = answer.json["front"]
    assert max(map(macs, front)) <= most < max(map(macs, free)) and answer.json["max_macs"] == most
    assert front[-1]["accuracy"] <= free[-1]["accuracy"] and "multiply-accumulates, 1 MB" in answer.err
    one = call("search", *arguments[2:], "--limit", "100ms", "--max-macs", most, "--max-megabytes", 1).json
    assert one["accuracy"] <= front[-1]["accuracy"] + front[-1]["missed_at_most"] + 1e-9
    call(*arguments, "--max-macs", 1).is_mistake("MACs limit", "allow at least")


def test_the_papers_comparator_is_one_flag_away(call: Call, bundle_folder: Path, profile_file: Path) -> None:
    profile = DeviceProfile.load(profile_file)
    limit_ms = 0.8 * profile.reference_ms
    for ranking in ("accuracy", "comparator"):
        arguments = ("--limit", f"{limit_ms}ms", "--surrogate", ranking, "--bundle", bundle_folder, "--json")
        answer = call("search", "--profile", profile_file, *arguments)
        assert answer.code == 0 and answer.json["predicted_ms"] <= limit_ms, answer
    call("search", "--profile", profile_file, "--surrogate", "oracle").is_mistake("oracle")
