"""A teacher judged by the protocols that its pupils are judged by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from calls import Call
from lfw_photos import lfw_folder

from facefit.faces.lfw import load_pairs, load_subjects, person_of
from facefit.faces.teacher import Teacher


def telling(names: list[str], noise: float) -> Teacher:
    """Descriptors of one direction for each person, and chance."""
    rng = np.random.default_rng(0)
    person = np.unique([person_of(name) for name in names], return_inverse=True)[1]
    own = rng.standard_normal((person.max() + 1, 128))
    return Teacher(
        tuple(names), (own[person] + noise * rng.standard_normal((len(names), 128))).astype(np.float32), "toy"
    )


@pytest.mark.slow
@pytest.mark.parametrize(("noise", "least", "most"), [(0.1, 1.0, 1.0), (1e6, 0.0, 0.02)])
def test_who_knows_people_recognises_them(
    noise: float, least: float, most: float, script: Call, tmp_path: Path
) -> None:
    lfw = lfw_folder()
    names = sorted({*load_subjects(lfw).names, *load_pairs(lfw).names})
    telling(names, noise).save(tmp_path / "teacher.parquet")
    rows = script("teacher_lfw.py", tmp_path / "teacher.parquet", "--data", lfw).json["rows"]
    assert [(row["protocol"], row["n"]) for row in rows] == [
        ("lfw-596", 3739), ("lfw-pairs", 6000), ("lfw-596-pairs", 20200)
    ]  # fmt: skip
    assert least <= rows[0]["accuracy"] <= most
    assert all((row["auc"]["value"] == 1) == (least == 1) for row in rows[1:])


def test_a_teacher_of_other_photos_is_a_mistake(script: Call, tmp_path: Path) -> None:
    lfw = lfw_folder()
    telling(["a/1.jpg", "b/1.jpg"], 0.1).save(tmp_path / "teacher.parquet")
    wrong = script("teacher_lfw.py", tmp_path / "teacher.parquet", "--data", lfw)
    assert wrong.code == 1 and "has seen none of 3739 photos" in wrong.err
