"""Table 3 goes on where it stopped, and only with the labels, SuperNet and profiles that it began with."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from device_profiles import made_up_profile
from fingerprints import code_fingerprint, labels_fingerprint, profile_fingerprint
from kept_lines import KeptLines
from spaces import tiny_space
from table3_labels import compared_plans
from table3_records import Cell, Record, Row, Searches

from facefit.errors import ArtifactError, InputError
from facefit.labels.store import Labels
from facefit.space.population import sample

SPACE = tiny_space()


def labels_of(**counts: int) -> Labels:
    rng = np.random.default_rng(0)
    genes = np.unique(sample(SPACE, 3 * sum(counts.values()), rng), axis=0)
    labels, start = Labels.empty(SPACE, 1000, "noise-search", "noise"), 0
    for plan, count in counts.items():
        labels = labels.merged(genes[start : start + count], rng.integers(400, 900, count), plan)
        start += count
    return labels


def record(cell: Cell, profile: str) -> Record:
    return Record(cell, profile, 2.0, ((0, 1, 2), (1, 2, 3)), 0.5, 1.5, False)


def test_lines_are_found_again_and_what_was_cut_off_is_not(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "lines.jsonl"
    kept = KeptLines(path, {"labels": "a"}, "searches")
    kept.add({"n": 1})
    kept.add({"n": 2})
    path.write_text(path.read_text()[:-4])
    again = KeptLines(path, {"labels": "a"}, "searches")
    assert again.rows == [{"n": 1}]
    again.add({"n": 3})
    assert KeptLines(path, {"labels": "a"}, "searches").rows == [{"n": 1}, {"n": 3}]


@pytest.mark.parametrize(
    ("head", "told"), [({"labels": "a", "SuperNet": "s"}, "other labels;"), (None, "does not say")]
)
def test_lines_from_something_else_are_refused_and_stay(tmp_path: Path, head: dict[str, str] | None, told: str) -> None:
    path = tmp_path / "lines.jsonl"
    if head:
        KeptLines(path, head, "searches").add({"n": 1})
    else:
        path.write_text('{"cell": {}}\n')
    before = path.read_text()
    with pytest.raises(ArtifactError, match=told) as refused:
        KeptLines(path, {"labels": "b", "SuperNet": "s"}, "searches")
    assert path.read_text() == before
    assert "\n" not in str(refused.value) and "--out" in str(refused.value) and "SuperNet" not in str(refused.value)


def test_a_profile_measured_anew_drops_its_own_searches_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, basis = tmp_path / "searches.jsonl", {"labels": "a"}
    here, board = (Cell(Row(name, "0.6x", 1.0, "ours"), 0) for name in ("here", "board"))
    searches = Searches(path, basis, {"here": "1", "board": "2"})
    searches.add(record(here, "1"))
    searches.add(record(board, "2"))
    assert Searches(path, basis, {"here": "1", "board": "2"}).of([here, board]) == searches.records
    assert capsys.readouterr().err == ""
    anew = Searches(path, basis, {"here": "3", "board": "2"})
    assert set(anew.records) == {board} and "here was measured anew" in capsys.readouterr().err
    anew.add(record(here, "3"))
    assert Searches(path, basis, {"here": "3", "board": "2"}).records[here].profile == "3"
    assert set(Searches(path, basis, {"board": "2"}).records) == {board}
    with pytest.raises(ArtifactError, match="labels"):
        Searches(path, {"labels": "b"}, {"here": "1"})


def test_fingerprints_tell_labels_and_profiles_apart() -> None:
    labels, profile = labels_of(uniform=30), made_up_profile(SPACE)
    assert labels_fingerprint(labels) == labels_fingerprint(labels_of(uniform=30))
    others = [replace(labels, right=labels.right + 1), replace(labels, source="x"), labels_of(bands=30)]
    others.append(labels.where(np.arange(29)))
    assert len({labels_fingerprint(other) for other in [labels, *others]}) == 5
    assert profile_fingerprint(profile) == profile_fingerprint(made_up_profile(SPACE))
    assert profile_fingerprint(replace(profile, seconds=21.0)) != profile_fingerprint(profile)


def test_code_counts_and_nothing_else_beside_it(tmp_path: Path) -> None:
    (tmp_path / "ofa").mkdir()
    (tmp_path / "ofa" / "search.py").write_text("a = 1\n")
    before = code_fingerprint(tmp_path)
    (tmp_path / "README").write_text("read me\n")
    assert code_fingerprint(tmp_path) == before
    (tmp_path / "ofa" / "search.py").write_text("a = 2\n")
    assert code_fingerprint(tmp_path) != before


def test_plans_are_compared_by_as_many_labels_and_active_ones_count_with_others() -> None:
    labels = labels_of(bands=90, active=60, uniform=70, unrecorded=10)
    plans = compared_plans(labels, None)
    mixed = ["35 active + 35 uniform", "35 active + 35 bands"]
    assert list(plans) == ["70 uniform", "70 bands", *mixed]  # the paper's first
    for name, draw in plans.items():
        drawn = draw(0)
        assert drawn.plan_counts == {plan: int(n) for n, plan in re.findall(r"(\d+) (\w+)", name)}
        assert {bytes(row) for row in drawn.genes} <= {bytes(row) for row in labels.genes}
    active = [d.genes[d.plans == "active"] for d in (plans["35 active + 35 bands"](seed) for seed in (0, 1))]
    assert (active[0] == labels.genes[labels.plans == "active"][:35]).all() and (active[0] == active[1]).all()
    bands = [labels_fingerprint(plans["70 bands"](seed)) for seed in (0, 0, 1)]
    assert bands[0] == bands[1] != bands[2]


@pytest.mark.parametrize(("counts", "n"), [({"uniform": 90}, None), ({"uniform": 90, "bands": 30}, 40)])
def test_one_plan_alone_cannot_be_compared(counts: dict[str, int], n: int | None) -> None:
    with pytest.raises(InputError, match="expected two plans"):
        compared_plans(labels_of(**counts), n)
