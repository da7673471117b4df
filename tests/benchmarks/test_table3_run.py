"""Table 3 from tiny labels to its tables, in one call that goes on where another one stopped."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import table3
import table3_reference
from bundles import noise_faces, write_bundle
from device_profiles import made_up_profile
from spaces import tiny_space
from table3_answers import Answers, PhotoWork
from table3_methods import by_dynamic_programming, by_evolution, theirs
from table3_results import MEASURED

from facefit.bundle import LABELS, Bundle
from facefit.comparator import ByAccuracy, RidgeSurrogate
from facefit.labels.labelling import ALONE
from facefit.labels.store import Labels
from facefit.labels.workers import Work
from facefit.search import EvolutionSettings
from facefit.space.population import sample
from facefit.supernet.loading import from_shared_weights

pytestmark = pytest.mark.slow

SPACE = tiny_space()
LATENCY_MS = made_up_profile(SPACE).latency(SPACE).of(sample(SPACE, 50, np.random.default_rng(0)))
LIMITS = [f"{np.quantile(LATENCY_MS, share):.4f}ms" for share in (0.3, 0.6)]
SMALL = EvolutionSettings(population=32, parents=8, generations=4)
Call = Callable[..., dict[str, Any]]


def work_of(bundle: Bundle) -> PhotoWork:
    return PhotoWork(from_shared_weights(bundle.weights), noise_faces(48, 32, 1), noise_faces(70, 32, 2))


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    """With labels of two plans."""
    folder = tmp_path / "run"
    folder.mkdir()
    found = Bundle.load(write_bundle(folder))
    labels = Labels.load(folder / LABELS)
    replace(labels, plans=np.where(np.arange(len(labels)) < 120, "uniform", "bands")).save(folder / LABELS)
    made_up_profile(SPACE).save(tmp_path / "board.profile.json")
    return found


@pytest.fixture
def call(bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """The script with small searches, photos of noise, and a ridge in the place of once-for-all's own code."""
    ridge = by_evolution(lambda x, rng: ByAccuracy(RidgeSurrogate.fit(x.space, x.genes, x.accuracy, rng)), SMALL)
    chosen = {"once-for-all": by_dynamic_programming, "ours": ridge}
    work = work_of(bundle)
    monkeypatch.setattr(table3, "methods", lambda clone, deadline_s: chosen)
    monkeypatch.setattr(table3, "ferplus_work", lambda *_: (work, replace(work, search_split=noise_faces(90, 32, 3))))
    monkeypatch.setattr(table3_reference, "LONG", SMALL)

    def run(*options: object) -> dict[str, Any]:
        given = ["table3", "clone", "--data", "faces", "--profile", tmp_path / "board.profile.json"]
        given += ["--out", tmp_path / "out", "--bundle", bundle.folder, "--seeds", 2, "--finalists", 4]
        given += ["--reference-finalists", 4, "--limits", *LIMITS, "--images", 90, *options]
        monkeypatch.setattr(sys, "argv", [str(one) for one in given])
        table3.main()
        found: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
        return found

    return run


def test_a_run_sums_up_goes_on_and_refuses_other_labels(call: Call, bundle: Bundle, tmp_path: Path) -> None:
    first = call("--plans", "--measure")
    rarest = min(first["plans"].values())
    assert {(row["method"], row["share"]) for row in first["rows"]} == {
        *((method, share) for method in ("once-for-all", "ours") for share in (1.0, 0.25)),
        (MEASURED, 1.0),
    }
    told = {(one["method"], one["share"]): one for one in first["sums"]}
    ours = told["ours", 1.0]
    assert ours["cells"] == 2 and ours["second"]["compared"] == 2 and ours["times_faster_least"] > 0
    assert told["ours", 0.25]["second"]["compared"] == told["once-for-all", 0.25]["second"]["compared"] == 2
    assert ours["limits_timed"] == 0  # the profile is of a board
    assert told[MEASURED, 1.0]["regret_mean"] <= ours["regret_mean"] and told[MEASURED, 1.0]["regret_mean"] >= 0
    assert first["search_n"] == 70 and first["second_n"] == 90
    assert [one["labels"] for one in first["plan_sums"]] == [f"{rarest} uniform", f"{rarest} bands"]
    out = tmp_path / "out"
    assert "once-for-all" in (out / "table3.md").read_text() and f"{rarest} bands" in (out / "plans.md").read_text()
    assert (out / "table3.svg").stat().st_size > 0
    kept = {file: (out / file).read_text() for file in ("searches.jsonl", "search.jsonl", "second.jsonl")}
    again = call("--plans", "--measure")
    assert again == first and {file: (out / file).read_text() for file in kept} == kept
    whole = kept["searches.jsonl"]
    (out / "searches.jsonl").write_text(whole[: whole.rindex('"cell"')])  # killed while it wrote
    cut = call("--plans", "--measure")
    assert [row["search"] for row in cut["rows"]] == [row["search"] for row in first["rows"]]
    before = (out / "searches.jsonl").read_text()
    labels = Labels.load(bundle.folder / LABELS)
    labels.where(np.arange(150)).save(bundle.folder / LABELS)
    with pytest.raises(SystemExit, match=r"searches\.jsonl: its searches come from other labels;") as refused:
        call()
    assert "\n" not in str(refused.value) and (out / "searches.jsonl").read_text() == before


def test_a_small_run_grows_into_the_full_one(call: Call, tmp_path: Path) -> None:
    small = call("--seeds", 1, "--shares", 1, "--limits", LIMITS[0], "--methods", "ours")
    file = tmp_path / "out" / "searches.jsonl"
    before = file.read_text()
    grown = call()
    assert file.read_text().startswith(before) and len(small["rows"]) < len(grown["rows"])
    cells = [json.dumps(json.loads(line)["cell"]) for line in file.read_text().splitlines()[1:]]
    assert len(cells) == len(set(cells)) == 2 * 2 * 2 * 2 + 2  # methods, shares, limits and seeds, and references
    assert {row["seeds"] for row in grown["rows"]} == {2} and {one["cells"] for one in grown["sums"]} == {2}


def test_only_a_profile_that_was_measured_anew_is_searched_again(call: Call, tmp_path: Path) -> None:
    other = tmp_path / "phone.json"
    profile = made_up_profile(SPACE)
    profile.save(other)
    both = ("--shares", 1, "--profile", tmp_path / "board.profile.json", other)
    call(*both)
    replace(profile, seconds=99.0).save(other)
    file = tmp_path / "out" / "searches.jsonl"
    before = file.read_text()
    call(*both)
    added = [json.loads(line)["cell"]["row"]["profile"] for line in file.read_text()[len(before) :].splitlines()]
    assert len(added) == 2 * 2 * 2 + 2 and set(added) == {"phone"}


def test_labels_of_another_supernet_are_refused_before_any_search(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table3, "ferplus_work", lambda *_: (work_of(bundle), work_of(bundle)))
    given = ["table3", "clone", "--data", "faces", "--profile", tmp_path / "board.profile.json"]
    given += ["--out", tmp_path / "out", "--bundle", bundle.folder]
    monkeypatch.setattr(sys, "argv", [str(one) for one in given])
    with pytest.raises(SystemExit, match="labels are of another SuperNet"):
        table3.main()
    assert not (tmp_path / "out" / "searches.jsonl").exists()


def test_limits_that_mean_nothing_on_a_profile_are_refused_before_any_search(call: Call, tmp_path: Path) -> None:
    imported = tmp_path / "imported.json"
    replace(made_up_profile(SPACE), references={}).save(imported)
    with pytest.raises(SystemExit, match=r"imported\.json: .*lacks EfficientNet-B0"):
        call("--profile", tmp_path / "board.profile.json", imported, "--limits", "0.6x")
    with pytest.raises(SystemExit, match=r"imported\.json: latency limit is 0\.001 ms, but the fastest"):
        call("--profile", imported, "--limits", "0.001ms")
    assert not (tmp_path / "out" / "searches.jsonl").exists()


def test_photos_are_counted_as_labels_are(bundle: Bundle, tmp_path: Path) -> None:
    genes = sample(SPACE, 6, np.random.default_rng(3))
    genes = genes[genes[:, 0] == genes[0, 0]]
    photos = work_of(bundle)
    counted = Work(photos.net, photos.calibration, photos.search_split).label(genes).right
    for memory_bytes in (None, 1.1 * photos.least_memory()):
        assert (replace(photos, memory_bytes=memory_bytes).label(genes).right.sum(axis=1) == counted).all()
    answers = Answers(photos, tmp_path / "answers.jsonl", ALONE)
    answers.measure(genes, lambda done, total: None)
    read = Answers(photos, tmp_path / "answers.jsonl", ALONE)
    assert (read.right(genes) == photos.label(genes).right).all()
    assert read.percent(genes) == pytest.approx(100 * counted / 70)


def test_once_for_alls_own_code_searches_within_the_limit() -> None:
    if "FACEFIT_ONCE_FOR_ALL" not in os.environ:
        pytest.skip("needs a clone of github.com/mit-han-lab/once-for-all: name it in FACEFIT_ONCE_FOR_ALL")
    rng, latency = np.random.default_rng(0), made_up_profile(SPACE).latency(SPACE)
    genes = np.unique(sample(SPACE, 100, rng), axis=0)
    right = rng.integers(400, 900, len(genes))
    labels = Labels.empty(SPACE, 1000, "noise-search", "noise").merged(genes, right, "uniform")
    limit_ms = float(np.quantile(latency.of(genes), 0.7))
    found = theirs(Path(os.environ["FACEFIT_ONCE_FOR_ALL"]), 30.0)(labels, 0)(latency, limit_ms, 0)
    assert (latency.of(found.finalists) <= limit_ms).all() and len(found.finalists) > 1 and found.seconds > 0
