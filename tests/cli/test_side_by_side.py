"""Networks side by side from the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from calls import Call
from spaces import tiny_space
from sshd import Server

from facefit.graph import REFERENCE_NETWORKS, emit_tflite, network_graph, random_network


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A network of the tiny space."""
    space, path = tiny_space(), tmp_path / "small.tflite"
    path.write_bytes(emit_tflite(network_graph(random_network(space, space.smallest, np.random.default_rng(0)))))
    return path


def test_reference_networks_and_files_side_by_side(call: Call, small: Path) -> None:
    common = ("--reference", "mobilenetv3-small", "--reference", "MobileFaceNet", "--resolution", "32")
    answer = call("bench", small, *common, "--baseline", "efficientnet-b0", "--seconds", "0", "--json")
    assert answer.code == 0, answer
    rows = {row["name"]: row for row in answer.json["networks"]}
    assert list(rows) == [str(small), "EfficientNet-B0", "MobileNetV3-Small", "MobileFaceNet"]
    assert answer.json["baseline"] == "EfficientNet-B0"
    assert rows["EfficientNet-B0"]["ratio"] == 1 and rows[str(small)]["published_parameters"] is None
    assert rows["MobileFaceNet"]["published_parameters"] == 1_003_136
    assert rows[str(small)]["ms"] < rows["EfficientNet-B0"]["ms"] and rows[str(small)]["ratio"] < 1
    for row in rows.values():
        assert row["passes"] >= 18 and row["ratio_low"] <= row["ratio"] <= row["ratio_high"]
    assert answer.json["device"]["threads"] == 1 and "MobileFaceNet" in answer.err


def test_a_file_may_be_the_baseline_and_then_nothing_is_added(call: Call, small: Path) -> None:
    answer = call("bench", small, "--baseline", small, "--seconds", "0", "--json")
    assert [(row["name"], row["ratio"]) for row in answer.json["networks"]] == [(str(small), 1)]


def test_all_reference_networks_are_there_and_mistakes_are_told(call: Call, small: Path) -> None:
    offered = call("bench", small, "--reference", "VGG-16")
    offered.is_mistake("VGG-16", *REFERENCE_NETWORKS)
    call("bench").is_mistake("--reference all")
    call("bench", "--reference", "all", "--resolution", "32").is_mistake("AlexNet", "63 px")
    call("bench", small, "--ssh", "board", "--adb").is_mistake("--ssh and --adb")
    call("bench", small, "--threads", "999").is_mistake("999")


def test_on_a_machine_that_ssh_reaches(call: Call, server: Server, small: Path) -> None:
    common = ("--reference", "MobileFaceNet", "--resolution", "32", "--seconds", "0", "--json")
    answer = call("bench", small, "--ssh", "board", "--python", sys.executable, *common)
    assert answer.code == 0, answer
    rows = answer.json["networks"]
    assert [row["name"] for row in rows] == [str(small), "EfficientNet-B0", "MobileFaceNet"]
    assert all(row["ms"] > 0 for row in rows)
