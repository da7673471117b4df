"""Protocols by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facefit.errors import InputError
from facefit.evaluation import EXPRESSION_PROTOCOLS, load_protocol


def write_photo(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((48, 48), 9, np.uint8)).save(path)


@pytest.fixture
def ferplus(tmp_path) -> Path:
    rows = ["Usage,Image name,votes"]
    for usage, folder, name in [
        ("Training", "FER2013Train", "a.png"),
        ("PublicTest", "FER2013Valid", "b.png"),
        ("PublicTest", "FER2013Valid", "c.png"),
    ]:
        write_photo(tmp_path / folder / name)
        rows.append(f"{usage},{name}," + ("0,0,4,3,3,0,0,0,0,0" if name == "c.png" else "10,0,0,0,0,0,0,0,0,0"))
    (tmp_path / "fer2013new.csv").write_text("\n".join(rows))
    return tmp_path


def test_ferplus_protocols_keep_different_photos_and_default_to_valid(ferplus):
    assert load_protocol("ferplus-majority", ferplus, size=48).names == ("b.png",)
    found = load_protocol("ferplus-argmax", ferplus, size=48)
    assert found.names == ("b.png", "c.png") and found.part == "valid" and found.protocol == "ferplus-argmax"
    assert load_protocol("ferplus-majority", ferplus, "train", size=48).names == ("a.png",)


def test_a_folder_is_read_at_the_size_and_with_the_classes_of_the_network(tmp_path):
    write_photo(tmp_path / "sad" / "1.png")
    faces = load_protocol("folder", tmp_path, size=56, classes=("glad", "sad"))
    assert faces.images.shape == (1, 56, 56, 3) and faces.classes == ("glad", "sad") and faces.labels.tolist() == [1]


def test_the_split_of_a_folder_is_a_folder_and_is_named(tmp_path):
    write_photo(tmp_path / "train" / "sad" / "1.png")
    write_photo(tmp_path / "valid" / "glad" / "2.png")
    faces = load_protocol("folder", tmp_path, "valid", size=48)
    assert faces.names == ("glad/2.png",) and faces.part == "valid"
    with pytest.raises(InputError, match="no such folder"):
        load_protocol("folder", tmp_path, "test", size=48)


def test_an_unknown_protocol_lists_the_known_ones(tmp_path):
    known = "ferplus-majority, ferplus-argmax, affectnet, folder"
    with pytest.raises(InputError, match=f"'fer' is unknown; expected one of {known}"):
        load_protocol("fer", tmp_path, size=48)


def test_every_protocol_has_a_summary():
    assert all(protocol.summary for protocol in EXPRESSION_PROTOCOLS.values())


@pytest.mark.parametrize("name", ["ferplus-majority", "ferplus-argmax", "folder"])
def test_a_wrong_path_is_the_users_mistake(tmp_path, name):
    with pytest.raises(InputError, match="no such"):
        load_protocol(name, tmp_path / "none", size=48)
