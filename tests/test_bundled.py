"""What is claimed of the SuperNets that come with the package."""

from __future__ import annotations

from pathlib import Path

import pytest
from lfw_photos import lfw_folder

import facefit
from facefit.bundle import Bundle
from facefit.errors import InputError
from facefit.evaluation.exclusion import check_unseen
from facefit.faces.lfw import load_subjects
from facefit.weights import SeenPeople, TrainedPeople

BUNDLED = Path(facefit.__file__).parent / "bundled"
LARGEST_BUNDLE_BYTES = 25_000_000


@pytest.mark.parametrize("task", ["expression", "identity"])
def test_a_bundle_is_small_enough_to_come_with_the_package(task: str) -> None:
    sizes = {file.name: file.stat().st_size for file in (BUNDLED / task).rglob("*") if file.is_file()}
    assert "supernet.safetensors" in sizes and sum(sizes.values()) < LARGEST_BUNDLE_BYTES, sizes


def test_the_card_says_who_taught_the_identity_supernet_and_how_many_people_it_met() -> None:
    metadata = Bundle.load(task="identity").metadata
    card = (BUNDLED / "identity" / "MODEL_CARD.md").read_text()
    assert metadata.training["teacher"] in card
    assert metadata.trained_people is not None and f"{len(metadata.trained_people):,} people" in card
    assert f"{metadata.training['excluded_people']} people were left out" in card
    assert metadata.licence == "research only" and "for **research only**" in card


@pytest.mark.real_data
@pytest.mark.parametrize("task", ["expression", "identity"])
def test_nobody_of_the_596_was_met_by_a_bundled_supernet(task: str) -> None:
    photos = load_subjects(lfw_folder())
    seen = Bundle.load(task=task).metadata.seen_people
    assert len(photos.people) == 596 and seen.trained is not None
    assert task == "expression" or seen.searched is not None
    check_unseen(photos, seen, "lfw-596")
    with pytest.raises(InputError, match="1 of the 596"):  # the same list, if it held one of them
        check_unseen(photos, SeenPeople(TrainedPeople.of(photos.people[:1]).after(seen.trained)), "lfw-596")
