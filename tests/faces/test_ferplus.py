"""FER+: which photos count under which protocol, and as what."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from facefit.errors import InputError
from facefit.faces.ferplus import CLASSES, load_ferplus

#         neutral happy surprise sad anger disgust fear contempt unknown no-face
CLEAR = [0, 10, 0, 0, 0, 0, 0, 0, 0, 0]
DISPUTED = [0, 0, 4, 3, 3, 0, 0, 0, 0, 0]
HALF = [5, 0, 0, 5, 0, 0, 0, 0, 0, 0]
SINGLES = [6, 1, 1, 1, 1, 0, 0, 0, 0, 0]
ALL_SINGLE = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
UNKNOWN = [0, 3, 0, 0, 0, 0, 0, 0, 7, 0]
NO_FACE = [0, 0, 0, 0, 0, 0, 0, 0, 0, 10]
SMALL_LEAD = [0, 0, 0, 0, 4, 0, 0, 0, 3, 3]
VOTES = {
    "clear": CLEAR,
    "disputed": DISPUTED,
    "half": HALF,
    "singles": SINGLES,
    "all-single": ALL_SINGLE,
    "unknown": UNKNOWN,
    "no-face": NO_FACE,
    "small-lead": SMALL_LEAD,
}


@pytest.fixture
def folder(ferplus) -> Path:
    for name, votes in VOTES.items():
        ferplus.add("Training", f"{name}.png", votes)
    return ferplus.path


def kept(folder: Path, protocol: str) -> dict[str, list[float]]:
    faces = load_ferplus(folder, "train", protocol)
    assert faces.protocol == f"ferplus-{protocol}" and faces.classes == CLASSES and faces.part == "train"
    return {name.removesuffix(".png"): target.tolist() for name, target in zip(faces.names, faces.targets, strict=True)}


def one_hot(label: str) -> list[float]:
    return np.eye(8)[CLASSES.index(label)].tolist()


def test_majority_wants_over_half_of_the_votes_that_are_not_single(folder):
    assert kept(folder, "majority") == {"clear": one_hot("happiness"), "singles": one_hot("neutral")}


def test_argmax_wants_an_expression_on_top(folder):
    assert kept(folder, "argmax") == {
        "clear": one_hot("happiness"),
        "disputed": one_hot("surprise"),
        "half": one_hot("neutral"),
        "singles": one_hot("neutral"),
        "small-lead": one_hot("anger"),
    }


def test_votes_become_soft_targets(folder):
    targets = kept(folder, "votes")
    assert targets.keys() == {"clear", "disputed", "half", "singles"}
    np.testing.assert_allclose(targets["disputed"], [0, 0, 0.4, 0.3, 0.3, 0, 0, 0], atol=1e-6)
    np.testing.assert_allclose(targets["half"], [0.5, 0, 0, 0.5, 0, 0, 0, 0])
    assert targets["singles"] == one_hot("neutral")


def test_photos_belong_to_their_rows_and_splits_are_apart(ferplus):
    ferplus.add("Training", "a.png", CLEAR)
    ferplus.add("PublicTest", "b.png", SINGLES)
    ferplus.add("PrivateTest", "c.png", CLEAR)
    ferplus.add("PublicTest", "d.png", CLEAR)
    faces = load_ferplus(ferplus.path, "valid", "majority")
    assert faces.names == ("b.png", "d.png") and faces.labels.tolist() == [0, 1]
    assert faces.images.shape == (2, 48, 48, 3) and faces.images[:, 5, 5].tolist() == [[11] * 3, [13] * 3]
    assert load_ferplus(ferplus.path, "test", "argmax").names == ("c.png",)


def test_missing_and_damaged_photos_are_skipped_and_named(ferplus):
    ferplus.add("Training", "a.png", CLEAR)
    ferplus.add("Training", "b.png", CLEAR, photo=False)
    ferplus.add("Training", "c.png", CLEAR)
    (ferplus.path / "FER2013Train" / "c.png").write_text("no image")
    faces = load_ferplus(ferplus.path, "train", "majority")
    assert faces.names == ("a.png",) and faces.skipped.keys() == {"b.png", "c.png"}
    assert len(faces.targets) == 1


def test_nothing_left_is_an_error(ferplus):
    ferplus.add("Training", "a.png", NO_FACE)
    with pytest.raises(InputError, match="no photo is kept"):
        load_ferplus(ferplus.path, "train", "majority")


def test_wrong_names_list_the_known_ones(folder):
    with pytest.raises(InputError, match="split 'dev' is unknown; expected one of train, valid, test"):
        load_ferplus(folder, "dev", "majority")
    with pytest.raises(InputError, match="protocol 'mean' is unknown; expected one of majority, argmax, votes"):
        load_ferplus(folder, "train", "mean")  # type: ignore[arg-type]


def test_other_folders_are_not_ferplus(tmp_path, folder):
    with pytest.raises(InputError, match="no such file; expected the FER"):
        load_ferplus(folder / "elsewhere", "train", "majority")
    with pytest.raises(InputError, match="no row of usage 'PrivateTest'"):
        load_ferplus(folder, "test", "majority")


def test_a_table_saved_with_a_byte_order_mark_is_the_same(folder):
    before, table = kept(folder, "votes"), folder / "fer2013new.csv"
    rows = [row for row in table.read_text().splitlines() if row.startswith("Training")]
    table.write_text("\ufeff" + "\n".join(rows))
    assert kept(folder, "votes") == before


@pytest.mark.parametrize(
    "row",
    [
        "Training,a.png,1,2,3",
        "Training,a.png,10,0,0,0,0,0,0,0,0",
        "Training,a.png,10,0,0,0,0,0,0,0,0,many",
        "Training,../../a.png,10,0,0,0,0,0,0,0,0,0",
        "Training,a\0.png,10,0,0,0,0,0,0,0,0,0",
        f"Training,a.png,{'9' * 400},0,0,0,0,0,0,0,0,0",
        "Training",
    ],
)
def test_rows_of_another_shape_are_not_guessed_at(tmp_path, row):
    (tmp_path / "fer2013new.csv").write_text("\n".join([row] * 10))
    with pytest.raises(InputError, match="not the FER"):
        load_ferplus(tmp_path, "train", "majority")


@pytest.mark.real_data
@pytest.mark.parametrize(("split", "protocol", "n"), [("valid", "majority", 3_199), ("train", "majority", 25_060)])
def test_real_counts(split, protocol, n):
    folder = os.environ.get("FACEFIT_DATA")
    if not folder:
        pytest.skip("needs FER+ in FACEFIT_DATA/ferplus")
    faces = load_ferplus(Path(folder) / "ferplus", split, protocol)
    assert len(faces) == n and faces.skipped == {}
