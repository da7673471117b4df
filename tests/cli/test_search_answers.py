"""What `facefit search` answers: several limits, measured finalists, and the best so far after Ctrl-C."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calls import Call
from lessons import noise_folders

from facefit import Bundle, Descriptor
from facefit.cli.sources import source_again
from facefit.comparator import Preference
from facefit.comparator.quality import PreferPairs
from facefit.labels.workers import Work
from facefit.search import SearchResult
from facefit.space.population import Genes


class Impatient(Preference):
    """A preference whose user loses patience."""

    def __init__(self, preference: Preference, selections: int) -> None:
        self.space = preference.space
        self._preference, self._left = preference, selections

    def among(self, genes: Genes) -> PreferPairs:
        self._left -= 1
        if self._left == 0:
            raise KeyboardInterrupt
        return self._preference.among(genes)


def test_ctrl_c_gives_the_best_so_far(
    call: Call, bundle_folder: Path, profile_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = Bundle.load(bundle_folder).preference()
    monkeypatch.setattr(Bundle, "preference", lambda self, kind: Impatient(patient, 5))
    out = tmp_path / "net.json"
    answer = call("search", "--profile", profile_file, "--bundle", bundle_folder, "--out", out, "--json")
    assert answer.code == 130
    assert answer.json["stopped_early"] and answer.json["subnet"] == json.loads(out.read_text())
    assert answer.json["predicted_ms"] <= answer.json["limit_ms"]
    assert "this is the best so far" in answer.err and "Traceback" not in answer.err
    assert answer.err.splitlines()[-1].startswith("facefit: interrupted")


def test_limits_hold_together_and_the_file_is_as_small_as_asked(
    call: Call, bundle_folder: Path, profile_file: Path, tmp_path: Path
) -> None:
    config, file = tmp_path / "net.json", tmp_path / "net.tflite"
    arguments = ("--profile", profile_file, "--bundle", bundle_folder, "--limit", "100ms", "--json")
    free = call("search", *arguments, "--out", config)
    largest = call("export", "--subnet", config, "--bundle", bundle_folder, "--out", file, "--json").json["size_bytes"]
    megabytes = 0.9 * largest / 1e6
    bound = call("search", *arguments, "--max-megabytes", megabytes, "--max-macs", 2e6, "--out", config)
    assert bound.code == 0, bound
    smaller = call("export", "--subnet", config, "--bundle", bundle_folder, "--out", file, "--json").json["size_bytes"]
    assert smaller <= 1e6 * megabytes < largest
    assert bound.json["accuracy"] <= free.json["accuracy"]
    call("search", *arguments, "--max-megabytes", 0.01).is_mistake("file size limit", "allow at least")


def test_finalists_are_measured_in_memory_that_is_bounded_and_enough(
    call: Call, bundle_folder: Path, profile_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces, bounds = noise_folders(tmp_path / "faces", photos=60, side=32), list[float | None]()

    def noted(work: Work, found: SearchResult, progress: object) -> SearchResult:
        bounds.append(work.memory_bytes)
        return found

    monkeypatch.setattr("facefit.labels.finalists.measure_finalists", noted)
    arguments = ("search", "--profile", profile_file, "--bundle", bundle_folder, "--limit", "100ms")
    for needed in (10**6, 3 * 10**9):
        monkeypatch.setattr(Work, "least_memory", lambda self, needed=needed: needed)
        assert call(*arguments, "--finalists", faces).code == 0
    assert bounds == [2e9, 3e9]


def test_finalists_are_measured_and_the_best_measured_is_chosen(
    call: Call, bundle_folder: Path, profile_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = noise_folders(tmp_path / "faces", photos=60, side=32)
    arguments = ("--profile", profile_file, "--bundle", bundle_folder, "--limit", "100ms", "--json")
    predicted = call("search", *arguments)
    low, high = predicted.json["accuracy_interval"]
    assert low < predicted.json["accuracy"] < high and predicted.json["accuracy_kind"].startswith("predicted")
    answer = call("search", *arguments, "--finalists", faces)
    assert answer.code == 0, answer
    finalists = answer.json["finalists"]
    measured = [finalist["measured_accuracy"] for finalist in finalists]
    assert answer.json["accuracy"] == measured[0] == max(measured) and measured == sorted(measured, reverse=True)
    assert answer.json["subnet"] == finalists[0]["subnet"]
    assert answer.json["accuracy_interval"] == finalists[0]["interval"]
    assert finalists[0]["interval"][0] < measured[0] < finalists[0]["interval"][1] <= 1
    by_subnet = {json.dumps(finalist["subnet"]) for finalist in finalists}
    assert by_subnet == {json.dumps(finalist["subnet"]) for finalist in predicted.json["finalists"]}
    fit = ("fit", *arguments, "--out", tmp_path / "run", "--finalists", faces)
    fitted = call(*fit)
    assert fitted.code == 0, fitted
    assert fitted.json["accuracy"] in measured and fitted.json["accuracy_kind"] == "measured on the search split"
    photos = source_again(Bundle.load(bundle_folder).metadata, bundle_folder, faces).read(32)
    assert fitted.json["statistics"] == f"recalibrated on {len(photos.calibration)} training photos"
    split = photos.search_split  # what was measured is what is handed over
    told = Descriptor(tmp_path / "run" / "descriptor.tflite").probabilities(split.images).argmax(1)
    assert abs((told == split.labels).sum() - fitted.json["accuracy"] * len(split)) <= 1  # float16 may turn a tie
    record = json.loads((tmp_path / "run" / "search.json").read_text())
    assert [row["measured_accuracy"] for row in record["finalists"]] == measured
    page = (tmp_path / "run" / "report.html").read_text()
    assert "so likely too high" not in page and f"{100 * fitted.json['accuracy']:.1f} % (" in page
    call("search", *arguments, "--finalists", tmp_path / "nowhere").is_mistake("nowhere")
    call("search", *arguments, "--finalists", faces, "--limit", "12").is_mistake("12ms")
    call("search", *arguments, "--out", tmp_path).is_mistake("is a folder")

    def lose_patience(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("facefit.labels.finalists.measure_finalists", lose_patience)
    kept = tmp_path / "net.json"
    early = call("search", *arguments, "--finalists", faces, "--out", kept)
    assert early.code == 130 and early.json["stopped_early"]
    assert json.loads(kept.read_text()) == early.json["subnet"] == predicted.json["subnet"]
