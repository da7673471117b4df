"""Who is left out of training."""

from __future__ import annotations

from pathlib import Path

import pytest
from lfw_photos import lfw_folder

from facefit.errors import InputError
from facefit.faces.lfw import SUBJECTS, load_subjects
from facefit.faces.people import excluded_people, without_people


def test_excluded_people_are_left_out_however_spelt() -> None:
    people = ("Ada_Lovelace", "Émile_Zola", "George_Sand", "Ada_Lovelace_Jr")
    assert without_people(people, ("ada lovelace", "EMILE  ZOLA", "Nobody")) == ("George_Sand", "Ada_Lovelace_Jr")
    assert without_people(people, ()) == people


def write_photo(folder: Path, name: str) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / f"{name}_0001.jpg").touch()


def test_lfw_leaves_out_its_subjects_unless_told_otherwise(tmp_path: Path) -> None:
    folder, own = tmp_path / "lfw", tmp_path / "own.txt"
    write_photo(folder, "Ada_Lovelace")
    with pytest.raises(InputError, match=f"holds no {SUBJECTS}.*--exclude-people"):
        excluded_people(folder)
    (folder / SUBJECTS).write_text("Ada_Lovelace\n\nGeorge_Sand\n")
    assert excluded_people(folder) == ("Ada_Lovelace", "George_Sand")
    own.write_text("# those of our test\nEmile Zola\nEmile Zola\n")
    assert excluded_people(folder, [own]) == ("Emile Zola",)
    assert excluded_people(folder, [own, folder / SUBJECTS]) == ("Emile Zola", "Ada_Lovelace", "George_Sand")


def test_other_folders_leave_out_whom_the_lists_name(tmp_path: Path) -> None:
    (tmp_path / "07201").mkdir()
    (tmp_path / "07201" / "1.jpg").touch()
    assert excluded_people(tmp_path) == ()
    with pytest.raises(InputError, match=r"none\.txt: no such file"):
        excluded_people(tmp_path, [tmp_path / "none.txt"])


@pytest.mark.real_data
def test_5153_people_of_lfw_are_left_to_train_on() -> None:
    folder = lfw_folder()
    everybody = tuple(path.name for path in sorted(folder.iterdir()) if path.is_dir())
    left = without_people(everybody, excluded_people(folder))
    assert len(everybody) == 5749 and len(left) == 5749 - 596
    assert not set(left) & set(load_subjects(folder).people)
