"""What a network has learnt since its first weights, whatever tells it: settings, weights, cards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("scripts")


def facts(data: str, *epochs: int, **others: Any) -> dict[str, Any]:
    return {"data": data, "n": 100, "recipe": {"phases": [{"epochs": n} for n in epochs]}} | others


PEOPLE = facts("people", 4, 3, teacher="dlib")
OURS = facts("faces", 11, start=facts("faces", 22, ended_after_epochs=11, start=PEOPLE))


def test_all_starts_belong_to_it_and_runs_in_several_goes_count_as_one() -> None:
    from schooling import Lesson, in_words, schooling_of

    people, faces = Lesson("people", 100, "dlib", 7), Lesson("faces", 100, None, 22)
    assert schooling_of(OURS) == (people, faces) == schooling_of(facts("faces", 22, start=PEOPLE))
    assert (
        in_words(schooling_of(OURS))
        == "people, n = 100, taught by dlib, 7 epochs, then faces, n = 100, no teacher, 22 epochs"
    )
    assert schooling_of(facts("faces", 15, start=None)) == (Lesson("faces", 100, None, 15),)


def test_a_run_that_names_a_folder_is_followed_there(tmp_path: Path) -> None:
    from schooling import schooling_of, schooling_of_start

    assert schooling_of_start(None) == ()
    for name, told in (("a", PEOPLE), ("b", facts("faces", 22, start=str(tmp_path / "a")))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "training.json").write_text(json.dumps(told))
    assert schooling_of_start(tmp_path / "b") == schooling_of(OURS)
    (tmp_path / "a" / "training.json").unlink()
    assert schooling_of_start(tmp_path / "b") is None


@pytest.mark.parametrize("unknown", [None, {"data": "noise"}, facts("faces", 1, start={"from": "elsewhere"})])
def test_what_says_nothing_makes_all_of_it_unknown(unknown: dict[str, Any] | None) -> None:
    from schooling import schooling_of, taught_differently

    assert schooling_of(unknown) is None
    assert taught_differently({"a": None, "b": None}) == "a and b: training not known"


def test_who_learnt_something_else_is_named() -> None:
    from schooling import schooling_of, taught_differently

    ours = schooling_of(OURS)
    assert taught_differently({"0.4x": ours, "B0": ours}) is None
    for other in (facts("faces", 22), facts("faces", 15, start=PEOPLE), facts("faces", 22, start=PEOPLE, n=99),
                  facts("faces", 22, start=PEOPLE | {"teacher": None}), facts("others", 22, start=PEOPLE)):  # fmt: skip
        said = taught_differently({"0.4x": ours, "B0": schooling_of(other), "0.6x": ours})
        assert (
            said is not None and said.startswith("0.4x and 0.6x: people, n = 100, taught by dlib") and "; B0: " in said
        )
