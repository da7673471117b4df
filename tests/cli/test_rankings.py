"""What ranks subnets: `facefit compare` learns three, and `--surrogate` names one."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from calls import Call

from facefit.cli import front as front_verb
from facefit.comparator import BoostingSurrogate, ConcatenatingComparator
from facefit.labels.store import Labels
from facefit.search import LimitedFront


@pytest.fixture
def bundle(bundle_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle_folder, tmp_path / "bundle"))


def test_the_papers_own_comparator_is_learnt_and_used_but_not_needed(
    call: Call, bundle: Path, profile_file: Path, tmp_path: Path
) -> None:
    arguments = ("--profile", profile_file, "--bundle", bundle, "--limit", "100ms", "--json")
    concatenating = ("--surrogate", "concatenating")
    for verb in (("search",), ("fit", "--out", tmp_path / "run")):
        missing = call(*verb, *arguments, *concatenating)
        missing.is_mistake("concatenating.json", "facefit compare")
        before_faces = call(*verb, *arguments, *concatenating, "--finalists", tmp_path / "nowhere")
        before_faces.is_mistake("concatenating.json", "facefit compare")
    assert not (tmp_path / "run").exists()  # nor has anything been measured
    assert call("search", *arguments).code == 0
    learnt = call("compare", bundle, "--json")
    assert learnt.code == 0, learnt
    assert Path(learnt.json["concatenating"]) == bundle / "concatenating.json"
    quality = ConcatenatingComparator.load(bundle / "concatenating.json").quality
    assert learnt.json["concatenating_pair_accuracy"] == quality.pair_accuracy
    told = f"{100 * quality.pair_accuracy:.2f} %"
    assert any("the paper's" in line and told in line for line in learnt.err.splitlines())
    found = call("search", *arguments, *concatenating)
    assert found.code == 0 and found.json["ranked_by"] == "the paper's comparator"
    assert found.json["predicted_ms"] <= found.json["limit_ms"]
    assert call("search", *arguments, "--surrogate", "comparator").json["ranked_by"] == "the comparator of pairs"


def test_the_front_says_what_ranks_it_where_searches_rank_otherwise(
    call: Call, bundle: Path, profile_file: Path
) -> None:
    arguments = ("search", "--profile", profile_file, "--bundle", bundle, "--json")
    same = call(*arguments, "--front")
    assert same.json["ranked_by"] == "ridge regression" and "may choose another" not in same.err
    known = Labels.load(bundle / "labels.parquet")
    trees = BoostingSurrogate.fit(known.space, known.genes, known.accuracy, np.random.default_rng(0))
    trees.save(bundle / "surrogate.json")
    other = call(*arguments, "--front")
    assert other.json["ranked_by"] == "ridge regression"
    assert "ranks by boosted trees" in other.err and "may choose another subnet" in other.err
    assert call(*arguments, "--limit", "100ms").json["ranked_by"] == "boosted trees"
    assert "ridge regression" in call("search", "--help").out


def test_labels_of_another_space_rank_no_front(call: Call, bundle: Path, profile_file: Path) -> None:
    known = Labels.load(bundle / "labels.parquet")
    trees = BoostingSurrogate.fit(known.space, known.genes, known.accuracy, np.random.default_rng(0))
    trees.save(bundle / "surrogate.json")
    other = replace(known, space=replace(known.space, name="another", feature_width=8))
    other.save(bundle / "labels.parquet")
    answer = call("search", "--front", "--profile", profile_file, "--bundle", bundle)
    answer.is_mistake("labels.parquet", "of the space another", "facefit label")


def test_all_rankings_are_written_or_none(call: Call, bundle: Path) -> None:
    before = (bundle / "comparator.json").read_bytes()
    (bundle / "concatenating.json").mkdir()
    call("compare", bundle).is_mistake("concatenating.json", "is a folder")
    assert (bundle / "comparator.json").read_bytes() == before


def test_the_profile_is_not_replaced_by_the_answer(call: Call, bundle: Path, profile_file: Path) -> None:
    before = profile_file.read_bytes()
    answer = call("search", "--profile", profile_file, "--bundle", bundle, "--out", profile_file)
    answer.is_mistake(str(profile_file), "name another file")
    assert profile_file.read_bytes() == before


def test_a_budget_is_finite(call: Call, bundle: Path, profile_file: Path) -> None:
    for front in ((), ("--front",)):
        answer = call(
            "search", "--profile", profile_file, "--bundle", bundle, "--limit", "100ms", "--max-macs", "inf", *front
        )
        answer.is_mistake("limit on macs is inf", "finite")


def test_ctrl_c_gives_the_front_so_far(
    call: Call, bundle: Path, profile_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object) -> LimitedFront:
        front = whole(*arguments)
        return LimitedFront(front.genes, front.missed, stopped_early=True)

    whole, out = front_verb.front_within, tmp_path / "front.json"
    monkeypatch.setattr(front_verb, "front_within", interrupted)
    arguments = ("search", "--front", "--profile", profile_file, "--bundle", bundle, "--out", out, "--json")
    answer = call(*arguments)
    assert answer.code == 130 and answer.json["stopped_early"] and answer.json["front"]
    assert json.loads(out.read_text())["front"] == answer.json["front"]
    assert "stopped: this is the front so far" in answer.err and "Traceback" not in answer.err

    def nothing_yet(*_: object) -> LimitedFront:
        raise KeyboardInterrupt

    monkeypatch.setattr(front_verb, "front_within", nothing_yet)
    nothing = call(*arguments)
    assert (nothing.code, nothing.out) == (130, "")
    assert nothing.err.splitlines() == ["facefit: interrupted; what was finished is kept, nothing is half-written"]
