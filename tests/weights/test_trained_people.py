"""A list of trained people knows whoever was put in, however spelt, nobody else, and survives files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lfw_photos import lfw_folder
from spaces import tiny_space

from facefit.errors import ArtifactError, InputError
from facefit.graph import export, random_network
from facefit.runtime import Descriptor
from facefit.weights import NetworkMetadata, SeenPeople, StaticNetwork, TrainedPeople
from facefit.weights import people as people_module
from facefit.weights.people import is_number, with_those_before

NAMES = ("Ada_Lovelace", "Émile Zola", "07201")


@pytest.mark.parametrize("name", ["ada lovelace", "ADA__LOVELACE", " Ada_Lovelace ", "Emile_Zola", "07201"])
def test_spelling_makes_no_difference(name: str) -> None:
    assert name in TrainedPeople.of(NAMES)


@pytest.mark.parametrize("name", ["Ada", "Lovelace_Ada", "7201", "", None, 7201])
def test_others_are_not_in_it(name: object) -> None:
    assert name not in TrainedPeople.of(NAMES)


@pytest.mark.parametrize(
    ("listed", "name", "may"),
    [
        ("Sung_Hong_Choi", "Choi_Sung-hong", True),
        ("Choi_Sung-hong", "sung hong choi", True),
        ("Ada_Lovelace", "Lovelace Ada", True),
        ("Ada_Lovelace", "ada lovelace", False),
        ("Ada_Lovelace", "Ada_Byron", False),
        ("Ada_Lovelace", "Ada", False),
        ("07201", "07201", False),
        ("a_b_c_d_e_f", "f_e_d_c_b_a", False),
    ],
)
def test_words_in_another_order_may_be_the_same_person(listed: str, name: str, may: bool) -> None:
    """False where the name itself is listed, and where there would be too many orders to ask for."""
    assert TrainedPeople.of([listed]).may_have(name) == may


@given(st.lists(st.text()), st.lists(st.text()))
def test_it_comes_back_from_json(names: list[str], unnamed: list[str]) -> None:
    people = TrainedPeople.of(names, tuple(unnamed))
    again = TrainedPeople.from_json(json.loads(json.dumps(people.to_json())))
    assert again == people and all(name in again for name in names)


def test_it_names_nobody_and_stays_small() -> None:
    people = TrainedPeople.of(f"Person {i}" for i in range(10_000))
    text = json.dumps(people.to_json())
    assert len(people) == 10_000 and len(text) < 81_000 and "Person" not in text
    assert not any(f"Other {i}" in people for i in range(10_000))


def test_too_many_people_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people_module, "MAX_PEOPLE", 2)
    with pytest.raises(InputError, match="3 people to keep"):
        TrainedPeople.of(NAMES)


@pytest.mark.parametrize(
    "change", [{"digests": "AAAA"}, {"digests": "?"}, {"n": 2}, {"form": "md5"}, {"unnamed": None}, {"n": None}]
)
def test_damage_is_told(change: dict[str, object]) -> None:
    with pytest.raises(ArtifactError, match="damaged list"):
        TrainedPeople.from_json(TrainedPeople.of(NAMES).to_json() | change)


def network(seen: SeenPeople) -> StaticNetwork:
    space = tiny_space()
    made = random_network(space, space.smallest, np.random.default_rng(0))
    lists = {"trained_people": seen.trained, "search_people": seen.searched}
    return replace(made, metadata=replace(made.metadata, task="identity", **lists))


@pytest.mark.parametrize(
    "seen",
    [
        SeenPeople(TrainedPeople.of(NAMES, ("a teacher",)), TrainedPeople.of(["Eve", "12"])),
        SeenPeople(TrainedPeople.of(()), None),
        SeenPeople(),
    ],
)
def test_it_travels_with_weights_and_descriptor(seen: SeenPeople, tmp_path: Path) -> None:
    made = network(seen)
    made.save(tmp_path / "subnet.safetensors")
    assert StaticNetwork.load(tmp_path / "subnet.safetensors").metadata == made.metadata
    export(made, tmp_path / "face.tflite")
    assert SeenPeople.of_card(Descriptor(tmp_path / "face.tflite").card) == seen
    beside = json.loads((tmp_path / "face.card.json").read_text())
    assert SeenPeople.of_card(beside) == seen


def test_metadata_of_earlier_files_knows_nobody() -> None:
    earlier = network(SeenPeople()).metadata.to_json()
    assert not {"trained_people", "search_people"} & earlier.keys()
    assert NetworkMetadata.from_json(earlier).seen_people == SeenPeople()
    del earlier["licence"]
    with pytest.raises(ArtifactError, match="lacks licence"):
        NetworkMetadata.from_json(earlier)


def test_a_number_is_no_name() -> None:
    people = TrainedPeople.of(["Ada Lovelace", "0012", "7"], ("a teacher",))
    assert people.unnamed == ("2 numbered people", "a teacher") and "0012" in people and len(people) == 3
    assert TrainedPeople.of(["Ada Lovelace", "Louis_Quatorze"]).unnamed == ()


@pytest.mark.parametrize(
    "name",
    ["n000002", "m.0107_f", "m.0bs1jc", "id_123", "id10270", "person 7", "subject-003", "s1", "0f3a_99", "A", "", "_"],
)
def test_numbers_of_the_usual_datasets_are_no_names(name: str) -> None:
    assert is_number(name)


@pytest.mark.parametrize(
    "name",
    [
        "Li_Na",
        "Al_Gore",
        "J_K_Rowling",
        "Émile Zola",
        "O'Neal",
        "Jean-Luc",
        "Louis XIV",
        "Jose_Lopez_2",
        "50_Cent",
        "Cher",
        "李娜",
        "李 娜",
        "राम",
        "Łukasz",
        "Nguyễn_Ô",
    ],
)
def test_names_are_names(name: str) -> None:
    assert not is_number(name)


@pytest.mark.real_data
def test_everybody_in_lfw_has_a_name() -> None:
    people = [path.name for path in lfw_folder().iterdir() if path.is_dir()]
    assert len(people) == 5749 and TrainedPeople.of(people).unnamed == ()


def test_weights_that_begin_with_others_have_learnt_from_their_people_too() -> None:
    before, own = TrainedPeople.of(["Ann Lee", "07"], ("a teacher",)), TrainedPeople.of(["Bob Ray"])
    both = own.after(before)
    assert "ann_lee" in both and "Bob Ray" in both and len(both) == 3
    assert both.unnamed == ("1 numbered people", "a teacher")
    unknown = own.after(None)
    assert len(unknown) == 1 and unknown.unnamed == ("whoever the weights that it began with had learnt from",)


def test_who_is_unknown_stays_unknown_unless_the_start_knew_somebody() -> None:
    before = TrainedPeople.of(["Ann Lee"])
    assert with_those_before(None, "ferplus-votes", None) is None
    both = with_those_before(None, "ferplus-votes", before)
    assert both is not None and "Ann Lee" in both and both.unnamed == ("the people in ferplus-votes",)
