"""Who is left out of training."""

from __future__ import annotations

from pathlib import Path

import pytest
from lfw_photos import lfw_folder

from facefit.errors import InputError
from facefit.faces.lfw import SUBJECTS, load_subjects
from facefit.faces.people import excluded_people, excluded_there, without_people
from facefit.faces.vggface2 import names_of_numbers


def test_excluded_people_are_left_out_however_spelt() -> None:
    people = ("Ada_Lovelace", "Émile_Zola", "George_Sand", "Ada_Lovelace_Jr")
    assert without_people(people, ("ada lovelace", "EMILE  ZOLA", "Nobody")) == ("George_Sand", "Ada_Lovelace_Jr")
    assert without_people(people, ()) == people


def write_photo(folder: Path, name: str) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / f"{name}_0001.jpg").touch()


def test_lfw_leaves_out_its_subjects_besides_the_listed_unless_the_list_is_empty(tmp_path: Path) -> None:
    folder, own = tmp_path / "lfw", tmp_path / "own.txt"
    write_photo(folder, "Ada_Lovelace")
    with pytest.raises(InputError, match=f"holds no {SUBJECTS}.*--exclude-people"):
        excluded_people(folder)
    (folder / SUBJECTS).write_text("Ada_Lovelace\n\nGeorge_Sand\n")
    assert excluded_people(folder) == ("Ada_Lovelace", "George_Sand")
    own.write_text("# those of our test\nEmile Zola\nEmile Zola\n")
    write_photo(folder, "Émile_Zola")
    assert excluded_people(folder, [own]) == ("Emile Zola", "Ada_Lovelace", "George_Sand")
    assert excluded_people(folder, [own, folder / SUBJECTS]) == ("Emile Zola", "Ada_Lovelace", "George_Sand")
    empty = tmp_path / "empty.txt"
    empty.write_text("# these are other people\n")
    assert excluded_people(folder, [empty]) == ()
    assert excluded_people(folder, [empty, own]) == ("Emile Zola", "Ada_Lovelace", "George_Sand")
    (folder / SUBJECTS).unlink()  # photos of several sets gathered in one folder, and a list of all who are left out
    assert excluded_people(folder, [own]) == ("Emile Zola",) and excluded_people(folder, [empty]) == ()


def test_a_folder_in_which_anybody_is_called_as_in_lfw_is_lfw(tmp_path: Path) -> None:
    for i in range(40):
        (tmp_path / f"{i:05}").mkdir()
    assert excluded_people(tmp_path) == ()
    write_photo(tmp_path, "Zoe_Last")
    with pytest.raises(InputError, match=f"holds no {SUBJECTS}"):
        excluded_people(tmp_path)


def test_a_list_that_names_nobody_there_is_a_mistake(tmp_path: Path) -> None:
    own, none, there = tmp_path / "own.txt", tmp_path / "none.txt", tmp_path / "people"
    own.write_text("Ada Lovelace\nEve\n")
    none.write_text("# nobody\n")
    (there / "George_Sand").mkdir(parents=True)
    with pytest.raises(InputError, match=r"own\.txt: names 2 people, such as Ada Lovelace, but none .* George_Sand;"):
        excluded_people(there, [own])
    assert excluded_people(there, [none]) == ()
    (there / "ada_lovelace").mkdir()
    assert excluded_people(there, [own]) == ("Ada Lovelace", "Eve")
    assert excluded_there(there, ("Ada Lovelace", "Eve")) == 1


def test_a_name_is_the_same_in_another_order_and_with_hyphens() -> None:
    people = ("Sung_Hong_Choi", "Choi_Sung-min", "07201", "Zola,_Émile", "Sung_Hong")
    assert without_people(people, ["Choi_Sung-hong", "Emile Zola", "7201"]) == ("Choi_Sung-min", "07201", "Sung_Hong")


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\n" * 9,
        "Ada\nÉmile".encode("latin-1"),
        "Ada".encode("utf-16"),
        b"a\x1b[2J",
    ],
)
def test_a_list_that_is_no_text_is_refused_without_showing_it(content: bytes, tmp_path: Path) -> None:
    """Before it could be printed, or leave out fewer people than it names."""
    (tmp_path / "people" / "Ada").mkdir(parents=True)
    (tmp_path / "list.jpg").write_bytes(content)
    with pytest.raises(InputError, match=r"list\.jpg: is not text in UTF-8; expected .* a name a line") as caught:
        excluded_people(tmp_path / "people", [tmp_path / "list.jpg"])
    assert str(caught.value).isprintable()


def test_lists_in_any_script_are_text(tmp_path: Path) -> None:
    (tmp_path / "people" / "王小明").mkdir(parents=True)
    (tmp_path / "own.txt").write_text("Émile\u00a0Zola\r\n王小明\r\n\tJosé\tÑuño\r\n", encoding="utf-8")
    assert "王小明" in excluded_people(tmp_path / "people", [tmp_path / "own.txt"])


@pytest.mark.parametrize("place", ["vgg/identity_meta.csv", "vgg/meta/identity_meta.csv", "identity_meta.csv"])
def test_numbers_of_vggface2_are_left_out_by_their_names(place: str, tmp_path: Path) -> None:
    own, folder = tmp_path / "own.txt", tmp_path / "vgg"
    own.write_text("ada lovelace\nEve\n")
    for number in (1, 2, 12):
        (folder / "train" / f"n{number:06}").mkdir(parents=True)
    with pytest.raises(InputError, match=r"such as n000001; expected some: .*identity_meta\.csv"):
        excluded_people(folder, [own])
    (tmp_path / place).parent.mkdir(exist_ok=True)
    rows = ['n000001, "Zola,_Émile", 4, 0,  m', 'n000002, "Ada_Lovelace", 424, 1, f', 'n000003, "Eve", 9, 1, f']
    (tmp_path / place).write_text("\n".join(["Class_ID, Name, Sample_Num, Flag, Gender", *rows]))
    assert names_of_numbers(folder)["n000001"] == "Zola,_Émile"
    left_out = excluded_people(folder, [own])
    assert left_out == ("ada lovelace", "Eve", "n000002") and excluded_there(folder, left_out) == 1
    (tmp_path / place).write_text("hello")
    with pytest.raises(InputError, match="names nobody"):
        names_of_numbers(folder)


def test_other_folders_leave_out_whom_the_lists_name(tmp_path: Path) -> None:
    (tmp_path / "07201").mkdir()
    (tmp_path / "07201" / "1.jpg").touch()
    assert excluded_people(tmp_path) == ()
    with pytest.raises(InputError, match=r"none\.txt: no such file"):
        excluded_people(tmp_path, [tmp_path / "none.txt"])


@pytest.mark.real_data
def test_5152_people_of_lfw_are_left_to_train_on() -> None:
    """One of the 596, Choi_Sung-hong, is there as Sung_Hong_Choi as well."""
    folder = lfw_folder()
    everybody = tuple(path.name for path in sorted(folder.iterdir()) if path.is_dir())
    left = without_people(everybody, excluded_people(folder))
    assert len(everybody) == 5749 and len(left) == 5749 - 596 - 1
    assert not set(left) & set(load_subjects(folder).people)
