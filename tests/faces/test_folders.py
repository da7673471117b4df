"""A folder per class, tidy and untidy."""

from __future__ import annotations

import os

import numpy as np
import pytest
from PIL import Image

from facefit.errors import InputError
from facefit.faces.folders import image_files, load_folder


def test_images_labels_and_names_belong_together(class_folder):
    faces = load_folder(class_folder, 8)
    assert faces.classes == ("glad", "sad") and faces.protocol == "folder" and faces.skipped == {}
    assert faces.names == ("glad/0.png", "glad/1.png", "glad/2.png", "sad/0.png", "sad/1.png")
    assert faces.images.shape == (5, 8, 8, 3) and faces.images.dtype == np.uint8
    assert faces.images[:, 0, 0, 0].tolist() == [0, 20, 40, 0, 20]
    assert faces.labels.tolist() == [0, 0, 0, 1, 1]
    np.testing.assert_array_equal(faces.targets_of(np.arange(5)).sum(axis=1), 1)


def test_given_classes_keep_their_order_and_may_be_absent(class_folder):
    faces = load_folder(class_folder, 8, ("sad", "angry", "glad"))
    assert faces.classes == ("sad", "angry", "glad")
    assert faces.labels.tolist() == [2, 2, 2, 0, 0] and faces.targets_of(np.arange(5)).shape == (5, 3)


def test_a_class_that_nobody_knows_is_named(class_folder):
    with pytest.raises(InputError, match=r"\['glad'\] are unknown; expected sad, angry"):
        load_folder(class_folder, 8, ("sad", "angry"))


def test_subfolders_of_a_class_belong_to_it(class_folder):
    (class_folder / "sad" / "more").mkdir()
    Image.new("RGB", (9, 9)).save(class_folder / "sad" / "more" / "x.JPG")
    faces = load_folder(class_folder, 8)
    assert faces.names[-1] == "sad/more/x.JPG" and faces.labels.tolist() == [0, 0, 0, 1, 1, 1]


def test_linked_folders_count_and_links_without_end_do_not(class_folder, tmp_path):
    linked = tmp_path / "linked"
    linked.mkdir()
    for part in class_folder.iterdir():
        (linked / part.name).symlink_to(part)
    assert load_folder(linked, 8).names == load_folder(class_folder, 8).names
    (class_folder / "again").symlink_to(class_folder)
    assert len(image_files(class_folder)) == len(load_folder(linked, 8))


def test_links_that_lead_nowhere_and_photos_of_other_formats_are_named(class_folder):
    """A disk may not be there; and whoever sees fewer photos than he has wants to know why."""
    (class_folder / "sad" / "elsewhere.png").symlink_to(class_folder / "disk" / "missing.png")
    Image.new("RGB", (9, 9)).save(class_folder / "sad" / "moving.GIF")
    (class_folder / "angry").symlink_to(class_folder / "disk" / "angry")
    os.mkfifo(class_folder / "sad" / "pipe.png")
    faces = load_folder(class_folder, 8)
    assert len(faces) == 5 and faces.skipped.keys() == {"angry", "sad/elsewhere.png", "sad/moving.GIF"}
    assert "No such file" in faces.skipped["sad/elsewhere.png"]
    assert "not read; expected .png, .jpg" in faces.skipped["sad/moving.GIF"]


def test_damaged_images_are_skipped_and_named(class_folder):
    (class_folder / "sad" / "note.jpg").write_text("no image")
    (class_folder / "glad" / "notes.txt").write_text("not even called one")
    Image.new("RGB", (1, 1)).save(class_folder / "glad" / "dot.png")
    faces = load_folder(class_folder, 8)
    assert len(faces) == 5 and faces.skipped.keys() == {"sad/note.jpg", "glad/dot.png"}
    assert "1x1" in faces.skipped["glad/dot.png"]


def test_nothing_left_is_an_error(tmp_path):
    (tmp_path / "sad").mkdir()
    (tmp_path / "sad" / "note.jpg").write_text("no image")
    with pytest.raises(InputError, match="none of 1 images can be read"):
        load_folder(tmp_path, 8)


def test_wrong_folders_say_what_was_expected(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        load_folder(tmp_path / "none", 8)
    with pytest.raises(InputError, match="holds no image"):
        load_folder(tmp_path, 8)
    Image.new("RGB", (9, 9)).save(tmp_path / "flat.png")
    with pytest.raises(InputError, match="no class folders"):
        load_folder(tmp_path, 8)
    with pytest.raises(InputError, match="no such folder"):
        image_files(tmp_path / "flat.png")


@pytest.mark.parametrize(
    ("photo", "said"), [("angry/1.png", r"such as .*train$"), ("n000002/0001_01.jpg", "add --task identity$")]
)
def test_splits_are_not_taken_for_classes(tmp_path, photo, said):
    for split in ("Test", "train", "valid"):
        file = tmp_path / split / photo
        file.parent.mkdir(parents=True)
        Image.new("RGB", (9, 9)).save(file)
    with pytest.raises(InputError, match=rf"its folders are splits \(Test, train, valid\).*{said}"):
        load_folder(tmp_path, 8)
    assert len(load_folder(tmp_path / "train", 8)) == 1
    Image.new("RGB", (9, 9)).save(tmp_path / "valid" / "x.png")
    assert load_folder(tmp_path, 8).classes == ("Test", "train", "valid")  # photos in them: classes after all
