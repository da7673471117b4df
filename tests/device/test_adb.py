"""Measuring a phone through a made-up `adb`; no real phone was at hand."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from phone import TOOL, Phone

from facefit.device import Adb, AdbBackend, Portions, Protocol
from facefit.device.benchmark_tool import read_timing_ms
from facefit.errors import DeviceError, InputError

QUICK = Protocol(passes=2, warm_ups=1, runs=4)
MODELS = {"small": b"x" * 40, "large": b"y" * 4000, "third": b"z" * 300}


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def phone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Phone:
    made = Phone(tmp_path)
    monkeypatch.setenv("PATH", f"{made.bin}:{os.environ['PATH']}")
    return made


def test_times_models_by_the_program(phone: Phone) -> None:
    backend, steps = AdbBackend(Adb(), phone.tool, threads=2), []
    timings = backend.time(MODELS, QUICK, rng(), progress=lambda *step: steps.append(step))
    assert {name: timing.passes_ms for name, timing in timings.items()} == {
        name: (len(data) / 1000,) * 2 for name, data in MODELS.items()
    }
    assert steps[-1] == (6, 6)
    asked = (phone.folder / "data/local/tmp/facefit/pass.sh").read_text()
    for flag in ("--num_threads=2", "--use_xnnpack=true", "--warmup_runs=1 ", "--num_runs=4 ", "--min_secs=0.001"):
        assert asked.count(flag) == 3


def test_says_whose_latencies_they_are(phone: Phone) -> None:
    identity = AdbBackend(Adb("A1"), phone.tool).identity()
    assert (identity.device, identity.runtime) == ("Google Pixel 7 (GS201)", "tflite-benchmark-model")
    assert identity.details["system"] == "Android 14" and identity.details["machine"] == "arm64-v8a"
    phone.tool.write_text(TOOL + "\n")
    assert AdbBackend(Adb(), phone.tool).identity().runtime_version != identity.runtime_version


def test_models_travel_once(phone: Phone) -> None:
    for _ in range(2):
        AdbBackend(Adb(), phone.tool).time(MODELS, QUICK, rng())
    assert sum(line.count(".tflite") for line in phone.log.read_text().splitlines() if " push " in line) == 3


def test_goes_on_after_the_cable_was_out(phone: Phone, tmp_path: Path) -> None:
    backend = AdbBackend(Adb(), phone.tool, portions=Portions(tmp_path / "keep", models=1))

    def unplug(done: int, total: int) -> None:
        if done == 4:
            phone.unplug()

    with pytest.raises(DeviceError, match="run the same command again"):
        backend.time(MODELS, QUICK, rng(), progress=unplug)
    phone.unplug(gone=False)
    phone.log.write_text("")
    again = AdbBackend(Adb(), phone.tool, portions=Portions(tmp_path / "keep", models=1))
    assert list(again.time(MODELS, QUICK, rng())) == list(MODELS)
    assert phone.log.read_text().count("shell (sh ") == QUICK.passes
    assert not (tmp_path / "keep").exists()


@pytest.mark.parametrize(
    ("states", "serial", "message"),
    [
        ({}, None, "no Android device; connect one"),
        ({"A1": "device", "B2": "device"}, None, r"several Android devices \(A1, B2\); choose one with --serial"),
        ({"A1": "device"}, "B2", "no Android device 'B2'; adb sees A1"),
        ({"A1": "unauthorized"}, None, "A1: is unauthorised; unlock it"),
        ({"A1": "offline"}, None, "A1: is offline"),
        ({"A1": "no permissions (user in plugdev group; are your udev rules wrong?)"}, None, "may not be used by you"),
        ({"A1": "recovery"}, None, "in the state 'recovery'"),
    ],
)
def test_says_why_a_phone_cannot_be_used(
    phone: Phone, states: dict[str, str], serial: str | None, message: str
) -> None:
    phone.connect(states)
    with pytest.raises(DeviceError, match=message):
        Adb(serial)


def test_chooses_among_several_phones(phone: Phone) -> None:
    phone.connect({"A1": "unauthorized", "B2": "device"})
    assert Adb("B2").serial == "B2"


def test_needs_adb_and_a_program_that_runs(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no such file; expected TFLite's benchmark_model"):
        AdbBackend(Adb(), phone.folder / "gone")
    phone.tool.write_text('#!/bin/sh\necho "CANNOT LINK EXECUTABLE: library not found"; exit 1\n')
    with pytest.raises(DeviceError, match=r"gave no timing of .* \(CANNOT LINK EXECUTABLE"):
        AdbBackend(Adb(), phone.tool).time(MODELS, QUICK, rng())
    (phone.bin / "adb").write_text("#!/bin/sh\necho 'cannot bind to 127.0.0.1:5037' >&2; exit 1\n")
    with pytest.raises(DeviceError, match=r"cannot list devices \(cannot bind"):
        Adb()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DeviceError, match="no 'adb' here"):
        Adb()


@pytest.mark.parametrize(
    ("said", "ms"),
    [
        ("count=4 first=52 curr=51 min=50 max=52 avg=51 std=1\nInference timings in us: Inference (avg): 51", 0.05),
        ("INFO: count=4 curr=50 (all same)\nINFO: Inference timings in us: Inference (avg): 50", 0.05),
        ("count=9 first=3 curr=1 min=0 max=3 avg=1 std=1 p5=0 median=1 p95=3\nInference (avg): 1", 0.0005),
        ("Inference timings in us: Init: 80, Inference (avg): 1.2e+06", 1200.0),
        ("count=2 first=99 curr=90 min=90 max=99 avg=95 std=4\nSegmentation fault", None),
        ("ERROR: Failed to load model", None),
        ("", None),
    ],
)
def test_reads_what_the_program_prints(said: str, ms: float | None) -> None:
    assert read_timing_ms(said) == (ms if ms is None else pytest.approx(ms))
