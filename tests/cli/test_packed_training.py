"""From packed photos to a SuperNet."""

from __future__ import annotations

from pathlib import Path

import pytest
from calls import Call
from lessons import BRIEFLY, noise_folders, write_recipe

from facefit import Bundle
from facefit.artifacts import read_json, write_json
from facefit.bundle import STATISTICS
from facefit.cli.sources import MEMORY_LIMIT, SETTINGS, source_again
from facefit.cli.training_facts import SKIPPED
from facefit.errors import ArtifactError
from facefit.faces.dataset import in_search_split
from facefit.faces.shards import shard_catalogue
from facefit.faces.streamed import StreamedFaces


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = noise_folders(tmp_path_factory.mktemp("photos"))
    (root / "sadness" / "broken.png").write_text("no image")
    return root


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recipe(tmp_path_factory.mktemp("recipe") / "small.yaml", epochs=3, random=1)


def damage_one(shards: Path) -> tuple[Path, bytes, str]:
    """A shard with a damaged photo to learn from: its file, what it held, and the photo's name."""
    packed = shard_catalogue(shards)
    places = packed.places
    i = next(i for i, name in enumerate(packed.names) if not in_search_split(name))
    file = places.files[places.file[i]]
    whole = file.read_bytes()
    begin, end = int(places.offsets[i]), int(places.offsets[i] + places.lengths[i])
    file.write_bytes(whole[:begin] + bytes(end - begin) + whole[end:])
    return file, whole, packed.names[i]


def test_shards_are_learnt_from_without_memory(photos: Path, recipe: Path, tmp_path: Path, call: Call) -> None:
    packed = call("pack", photos, "-o", tmp_path / "shards", "--photos-per-shard", 50, "--json")
    assert packed.code == 0, packed
    assert (packed.json["photos"], packed.json["skipped"], packed.json["shards"]) == (120, 1, 3)
    assert "sadness/broken.png" in packed.err
    shard, whole, damaged = damage_one(tmp_path / "shards")
    train = ("train", "--data", tmp_path / "shards", "--recipe", recipe, *BRIEFLY)
    arguments = (*train, "--workers", 0, "--tensorboard", "--json")
    streamed = call(*arguments, "--out", tmp_path / "run", "--memory-limit", 0)
    assert streamed.code == 0, streamed
    assert streamed.json["n"] + streamed.json["search_split_n"] == 120
    assert (streamed.json["skipped"], streamed.json["damaged"]) == (2, 1)
    metadata = Bundle.load(tmp_path / "run").metadata
    assert metadata.classes == ("happiness", "neutral", "sadness") and MEMORY_LIMIT not in metadata.training
    again = source_again(metadata, tmp_path / "run", tmp_path / "shards")
    assert isinstance(again.read(24).learning, StreamedFaces)  # what labels and finalists read
    (tmp_path / "run" / STATISTICS).rename(tmp_path / STATISTICS)
    shard.write_bytes(whole)  # what training met stays told
    again_streamed = call(*arguments, "--out", tmp_path / "run", "--memory-limit", 1e-9)
    assert (again_streamed.json["skipped"], again_streamed.json["damaged"]) == (1, 1)
    assert again_streamed.err.count(f"all named in {tmp_path / 'run' / SKIPPED}; first: ") == 2
    named = read_json(tmp_path / "run" / SKIPPED, "skipped photos")
    assert named.keys() == {"sadness/broken.png", damaged} and "not an image" in named[damaged]
    assert (tmp_path / "run" / STATISTICS).exists()  # learnt anew, of the photos that are there now
    assert list((tmp_path / "run" / "tensorboard").iterdir())
    call("pack", tmp_path / "shards", "-o", tmp_path / "again").is_mistake("holds shards already")
    settings = read_json(tmp_path / "run" / SETTINGS, "settings")
    write_json(tmp_path / "run" / SETTINGS, settings | {MEMORY_LIMIT: "much"})
    with pytest.raises(ArtifactError, match="is 'much'; expected a number"):
        source_again(metadata, tmp_path / "run", tmp_path / "shards")


def test_wrong_settings_are_mistakes(photos: Path, recipe: Path, tmp_path: Path, call: Call) -> None:
    arguments = ("train", "--data", photos, "--recipe", recipe, "--out", tmp_path)
    call(*arguments, "--precision", "16-mixed").is_mistake("32-true or bf16-mixed")
    call(*arguments, "--devices", 2).is_mistake("'facefit train'")  # the test runner would be called again
    call("pack", tmp_path / "none", "-o", tmp_path / "shards").is_mistake("no such folder")
