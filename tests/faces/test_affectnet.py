"""AffectNet in both editions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facefit.errors import InputError
from facefit.evaluation import load_protocol
from facefit.faces.affectnet import CLASSES, affectnet_catalogue, looks_like_affectnet
from facefit.faces.layouts import expressions_in
from facefit.faces.packing import pack
from facefit.faces.pictures import AsTheyAre, Preparation, Resized
from facefit.faces.shard_writing import Job

FORMS = (
    "{'descr': '<f4', 'fortran_order': False, 'shape': ()}",  # what follows it is infinite
    "{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000000,)}",  # of 80 TB
)
HEADER = "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal"


def photo(path: Path, value: int) -> None:
    """Black, with a face of one grey value in the box of 4 to 12 and 2 to 10."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((16, 16, 3), np.uint8)
    pixels[2:10, 4:12] = value
    Image.fromarray(pixels).save(path)


@pytest.fixture
def first_edition(tmp_path: Path) -> Path:
    """Tables in a folder of their own; of four photos one shows no expression and one is missing."""
    for name, value in (("1/a.png", 50), ("1/b.png", 100), ("2/c.png", 150)):
        photo(tmp_path / "Manually_Annotated" / "Manually_Annotated_Images" / name, value)
    lists = tmp_path / "Manually_Annotated_file_lists"
    lists.mkdir()
    rows = [f"{name},4,2,8,8,1;2,{label},0.1,-0.2" for name, label in (("1/a.png", 1), ("1/b.png", 7), ("2/c.png", 9))]
    (lists / "training.csv").write_text("\n".join([HEADER, *rows, "2/none.png,4,2,8,8,1;2,0,0,0"]))
    (lists / "validation.csv").write_text("2/c.png,4,2,8,8,1;2,6,0,0\n")
    return tmp_path


@pytest.fixture
def second_edition(tmp_path: Path) -> Path:
    for part, labels in (("train_set", (0, 3, 8)), ("val_set", (5,))):
        (tmp_path / part / "annotations").mkdir(parents=True)
        for i, label in enumerate(labels):
            photo(tmp_path / part / "images" / f"{i}.jpg", 60 * i)
            np.save(tmp_path / part / "annotations" / f"{i}_exp.npy", np.array(str(label)))
            np.save(tmp_path / part / "annotations" / f"{i}_val.npy", np.array("0.5"))
    return tmp_path


def test_tables_name_photos_expressions_and_faces(first_edition: Path) -> None:
    faces = affectnet_catalogue(first_edition, "train").load(8)
    assert faces.names == ("1/a.png", "1/b.png") and faces.classes == CLASSES and faces.part == "train"
    assert [CLASSES[label] for label in faces.labels] == ["happiness", "contempt"]
    assert faces.images[0].min() == 50 == faces.images[0].max()  # nothing of the black around the face
    assert faces.skipped.keys() == {"2/none.png"}


@pytest.mark.parametrize("prepare", [AsTheyAre(), Resized(8)], ids=["as they are", "resized"])
def test_the_faces_of_packed_photos_are_cut_out_too(first_edition: Path, tmp_path: Path, prepare: Preparation) -> None:
    found = expressions_in(first_edition).learning
    shards = tmp_path / "shards"
    shards.mkdir()
    assert pack(Job(found, prepare, shards, photos_per_shard=1, seed=0)).keys() == {"2/none.png"}
    packed, faces = expressions_in(shards).learning.load(8), found.load(8)
    order = np.argsort(packed.names)
    assert [packed.names[i] for i in order] == list(faces.names) == ["1/a.png", "1/b.png"]
    np.testing.assert_array_equal(packed.images[order], faces.images)
    np.testing.assert_array_equal(packed.labels[order], faces.labels)
    assert packed.classes == CLASSES and packed.part == "train"


def test_a_table_without_its_first_line_is_read_too(first_edition: Path) -> None:
    faces = load_protocol("affectnet", first_edition, size=8)
    assert faces.names == ("2/c.png",) and faces.part == "valid" and CLASSES[faces.labels[0]] == "anger"


@pytest.mark.parametrize("first", [f"{HEADER}\r\n", ""], ids=["with its first line", "without"])
def test_a_table_that_a_spreadsheet_has_saved_is_read_too(first_edition: Path, first: str) -> None:
    """With a mark of byte order, and lines as Windows ends them."""
    table = first_edition / "Manually_Annotated_file_lists" / "training.csv"
    table.write_bytes(f"\ufeff{first}1/a.png,4,2,8,8,1;2,1,0,0\r\n1/b.png,4,2,8,8,1;2,7,0,0\r\n".encode())
    assert affectnet_catalogue(first_edition, "train").load(8).names == ("1/a.png", "1/b.png")


@pytest.mark.parametrize("name", ["1/a.jpg!d", "1/a.tif", "1/a"])
def test_photos_whose_names_do_not_tell_their_format_are_packed_too(first_edition: Path, name: str) -> None:
    lists, photos = (first_edition / "Manually_Annotated_file_lists", first_edition / "Manually_Annotated")
    (photos / "Manually_Annotated_Images" / "1" / "a.png").rename(photos / "Manually_Annotated_Images" / name)
    (lists / "training.csv").write_text(f"{HEADER}\n{name},4,2,8,8,1;2,1,0,0\n1/b.png,4,2,8,8,1;2,7,0,0\n")
    found, shards = expressions_in(first_edition).learning, first_edition / "shards"
    shards.mkdir()
    assert not pack(Job(found, AsTheyAre(), shards, photos_per_shard=9, seed=0))
    assert sorted(expressions_in(shards).learning.load(8).names) == sorted([name, "1/b.png"])


def test_photos_that_show_no_expression_need_no_box(first_edition: Path) -> None:
    table = first_edition / "Manually_Annotated_file_lists" / "training.csv"
    table.write_text(f"{HEADER}\n1/a.png,4,2,8,8,1;2,1,0,0\n2/c.png,NULL,NULL,NULL,NULL,NULL,10,-2,-2\n")
    assert affectnet_catalogue(first_edition, "train").names == ("1/a.png",)
    table.write_text(f"{HEADER}\n1/a.png,NULL,NULL,NULL,NULL,NULL,1,0,0\n")
    with pytest.raises(InputError, match="line 2 is not AffectNet's"):
        affectnet_catalogue(first_edition, "train")


def test_array_files_name_expressions(second_edition: Path) -> None:
    faces = expressions_in(second_edition).learning.load(8)
    assert faces.names == ("0.jpg", "1.jpg") and faces.labels.tolist() == [0, 3]
    assert affectnet_catalogue(second_edition, "valid").labels.tolist() == [5]


def test_arrays_are_not_unpickled(second_edition: Path) -> None:
    np.save(second_edition / "train_set" / "annotations" / "0_exp.npy", np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(InputError, match=r"0_exp\.npy: is not the number of an expression"):
        affectnet_catalogue(second_edition, "train")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUM",
        b"PK\x03\x04 half an archive",
        b"no array",
        b"\x93NUMPY\x01\x00v\x00{",
        *(b"\x93NUMPY\x01\x00\x46\x00" + form.ljust(70).encode() + b"\0\0\xf0\x7f" for form in FORMS),
    ],
)
def test_damaged_arrays_are_named(second_edition: Path, content: bytes) -> None:
    (second_edition / "train_set" / "annotations" / "0_exp.npy").write_bytes(content)
    with pytest.raises(InputError, match=r"0_exp\.npy: is not the number of an expression.*download it again"):
        affectnet_catalogue(second_edition, "train")


@pytest.mark.parametrize(
    "row",
    [
        "1/a.png,4,2,8,8,x,many,0,0",
        "../a.png,4,2,8,8,x,1,0,0",
        "1/a.png,4,2",
        "a,1,1,1,1,x,12",
        "1/a\0.png,4,2,8,8,x,1,0,0",
        "1/a.png,inf,2,8,8,x,1,0,0",
        "1/a.png,4,2,8,3e9,x,1,0,0",
    ],
)
def test_rows_of_another_shape_are_named_by_their_line(first_edition: Path, row: str) -> None:
    table = first_edition / "Manually_Annotated_file_lists" / "training.csv"
    table.write_text(f"{HEADER}\n1/a.png,4,2,8,8,1;2,1,0,0\n{row}\n")
    with pytest.raises(InputError, match=r"training\.csv: line 3"):
        affectnet_catalogue(first_edition, "train")


def test_other_folders_are_not_affectnet(tmp_path: Path, first_edition: Path) -> None:
    assert looks_like_affectnet(first_edition) and not looks_like_affectnet(first_edition / "Manually_Annotated")
    with pytest.raises(InputError, match="split 'test' is unknown; expected one of train, valid"):
        affectnet_catalogue(first_edition, "test")
    (first_edition / "Manually_Annotated").rename(first_edition / "elsewhere")
    with pytest.raises(InputError, match="no folder Manually_Annotated_Images"):
        affectnet_catalogue(first_edition, "train")
