"""From photos of people to a fitted network that matches faces: train, label, compare, fit, match."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from calls import Call
from lessons import write_recipe

import facefit
from facefit import Bundle
from facefit.artifacts import read_json
from facefit.bundle import SUPERNET
from facefit.errors import InputError
from facefit.faces.dataset import in_search_split
from facefit.faces.matching import CARD_ENTRY
from facefit.faces.subnet_thresholds import Thresholds
from facefit.faces.teacher import Teacher
from facefit.faces.thresholds import FOUND
from facefit.graph.card import card_beside
from facefit.space import ofa_mbv3, subnet_from_config
from facefit.supernet.loading import start_from, untrained
from facefit.training.recipe import load_recipe
from facefit.weights import SeenPeople, SharedWeights

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("kept_detections")]
USUAL, TAUGHT = (Path(facefit.__file__).parent / "recipes" / f"{name}.yaml" for name in ("identity", "identity-taught"))
BUNDLED = Path(facefit.__file__).parent / "bundled" / "identity" / SUPERNET


def recipe(folder: Path, kind: str) -> Path:
    return write_recipe(folder / f"{kind}.yaml", descriptor=16, head=kind)


@pytest.mark.real_data
def test_identity_from_photos_to_matches(call: Call, people: Path, tmp_path: Path) -> None:
    run, fitted = tmp_path / "run", tmp_path / "fitted"
    (tmp_path / "leave.txt").write_text(f"{min(p.name for p in people.iterdir() if not in_search_split(p.name))}\n")
    data = ("--task", "identity", "--data", people, "--exclude-people", tmp_path / "leave.txt")
    trained = call("train", *data, "--out", run, "--recipe", recipe(tmp_path, "softmax"), "--json")
    assert trained.code == 0, trained
    assert (trained.json["protocol"], trained.json["search_split_protocol"]) == ("people", "one-shot")
    assert trained.json["statistics"] is None and "what 'facefit label' learns next" in trained.err
    label = ("label", run, "--data", people, "--subnets", 120, "--observed", 8, "--judged", 3)
    labelled = call(*label, "--thresholds", 6, "--json")
    assert labelled.code == 0, labelled
    assert "FAR 0.001" in labelled.err and "14 held-out people" in labelled.err
    assert call("compare", run, "--json").code == 0
    assert "1 people are left out of training, by 1 names" in trained.err
    bundle = Bundle.load(run, "identity")
    bundle.check_complete()
    assert (bundle.metadata.training["excluded_people"], bundle.metadata.training["excluded_there"]) == (1, 1)
    listed = bundle.metadata.trained_people
    assert listed is not None and len(listed) == trained.json["n"] // 2 // 6 == 15
    assert bundle.metadata.classes == () and bundle.outputs == ("descriptor",)
    searched = bundle.metadata.search_people
    assert searched is not None
    for person in people.iterdir():
        held = in_search_split(person.name)
        assert (person.name in searched) == held and not (held and person.name in listed)
    answer = call("fit", "--bundle", run, "--limit", "1x", "--out", fitted, "--json")
    assert answer.code == 0, answer
    profile, config, again = fitted / "profile.json", tmp_path / "net.json", tmp_path / "again.tflite"
    search = ("search", "--profile", profile, "--limit", "1x", "--bundle", run)
    assert call(*search, "--out", config).code == 0
    call(*search, "--task", "expression").is_mistake("identity", "expected 'expression'")
    assert call("export", "--subnet", config, "--bundle", run, "--out", again).code == 0
    thresholds = Thresholds.load(run / "thresholds.json", bundle.space)
    assert thresholds.subnets == 6 and thresholds.views.keys() == {"aligned", "cropped"}
    cards = [read_json(file.with_suffix(".card.json"), "card") for file in (Path(answer.json["file"]), again)]
    assert SeenPeople.of_card(cards[0]) == SeenPeople.of_card(cards[1]) == bundle.metadata.seen_people
    assert cards[0][CARD_ENTRY] == cards[1][CARD_ENTRY]
    for ending in (".tflite", ".onnx", ".pt2"):
        other = tmp_path / f"other{ending}"
        assert call("export", "--subnet", fitted / "subnet.safetensors", "--out", other).code == 0
        assert read_json(card_beside(other), "card")[CARD_ENTRY] == cards[0][CARD_ENTRY]
    photos = sorted(next(people.iterdir()).iterdir())[:2]
    matched = call("match", *photos, "--descriptor", answer.json["file"], "--json")
    assert matched.code == 0, matched
    predicted = thresholds.identification(bundle.space, subnet_from_config(bundle.space, read_json(config, "subnet")))
    assert cards[1][CARD_ENTRY] == predicted
    assert matched.json["threshold"] == cards[0][CARD_ENTRY]["thresholds"]["0.001"]
    cropped = call("match", *photos, "--descriptor", answer.json["file"], "--view", "cropped", "--json").json
    assert cropped["threshold"] == predicted["other_views"]["cropped"]["thresholds"]["0.001"]
    with_photos = ("--profile", profile, "--finalists", people, "--calibrate", people, "--out", tmp_path / "exact")
    exact = call("fit", "--bundle", run, "--limit", "1x", *with_photos, "--json")
    assert exact.code == 0, exact
    own = read_json(card_beside(Path(exact.json["file"])), "card")[CARD_ENTRY]
    for entry in (own, own["other_views"]["cropped"]):
        assert entry["thresholds_kind"] == FOUND and entry["thresholds_interval"].keys() == {"0.01", "0.001"}
        assert "14 held-out people" in entry["calibrated_on"] and "thresholds_error" not in entry


@pytest.mark.real_data
def test_a_teacher_needs_no_names_but_every_photo_and_its_own_width(call: Call, people: Path, tmp_path: Path) -> None:
    names = tuple(p.relative_to(people).as_posix() for p in sorted(people.rglob("*.jpg")))
    rng, file = np.random.default_rng(0), tmp_path / "teacher.parquet"
    arguments = ("train", "--task", "identity", "--data", people, "--teacher", file)

    def taught(seen: tuple[str, ...], width: int, out: str) -> tuple[object, ...]:
        Teacher(seen, rng.normal(size=(len(seen), width)).astype(np.float32), "nobody").save(file)
        return (*arguments, "--recipe", recipe(tmp_path, "taught"), "--out", tmp_path / out)

    trained = call(*taught(names, 16, "a"), "--json")
    assert trained.code == 0, trained
    listed = Bundle.load(tmp_path / "a", "identity").metadata.trained_people
    assert listed is not None and listed.unnamed == (f"{len(listed)} numbered people", "nobody")
    more = (
        "--recipe",
        recipe(tmp_path, "softmax"),
        "--out",
        tmp_path / "d",
        "--start",
        tmp_path / "a" / "supernet.safetensors",
    )
    begun = call(*arguments[:-2], *more)
    assert begun.code == 0 and "starts from" in begun.out, begun
    both = Bundle.load(tmp_path / "d", "identity").metadata.trained_people
    assert both is not None and both.digests == listed.digests and both.unnamed == listed.unnamed
    learnt = next(name for name in names if not in_search_split(name.split("/")[0]))
    call(*taught(tuple(name for name in names if name != learnt), 16, "b")).is_mistake("no descriptor of 1 of")
    call(*taught(names, 8, "c")).is_mistake("16", "8", "descriptor")


@pytest.mark.real_data
def test_the_usual_recipe_suits_names_and_the_one_of_a_teacher_descriptors(
    call: Call, people: Path, tmp_path: Path
) -> None:
    """Both get as far as the photos, which are too few for a batch of theirs, and begin with the bundled SuperNet."""
    few = tmp_path / "few"
    everybody = sorted(people.iterdir())
    for person in [p for p in everybody if not in_search_split(p.name)][:4] + [
        p for p in everybody if in_search_split(p.name)
    ][:2]:
        (few / person.name).mkdir(parents=True)
        for photo in person.iterdir():
            (few / person.name / photo.name).symlink_to(photo)
    names = tuple(p.relative_to(few).as_posix() for p in sorted(few.rglob("*.jpg")))
    file = tmp_path / "teacher.parquet"
    Teacher(names, np.random.default_rng(0).normal(size=(len(names), 128)).astype(np.float32), "nobody").save(file)
    train = ("train", "--task", "identity", "--data", few)
    for fitting, teacher in ((173, ()), (175, ("--teacher", file))):  # names have a classifier of their own
        answer = call(*train, *teacher, "--start", BUNDLED, "--out", tmp_path / str(fitting))
        assert answer.code == 2 and "fewer than one batch" in answer.err, answer
        assert f"starts from {fitting} of 175 tensors" in answer.out, answer
    other = call(*train, "--recipe", recipe(tmp_path, "softmax"), "--start", BUNDLED, "--out", tmp_path / "other")
    assert other.code == 2 and "expected 50 % or more: set family and width" in other.err, other


@pytest.mark.parametrize("file", [USUAL, TAUGHT], ids=lambda file: file.stem)
def test_recipes_for_people_go_on_from_the_bundled_supernet(file: Path) -> None:
    wanted, start = load_recipe(file), SharedWeights.load(BUNDLED)
    net = untrained(wanted.space(), 5, 0, wanted.shortcut_gain)
    own = net.state_dict()
    assert start_from(net, start) >= len(own) - 2 and start.tensors.keys() <= own.keys()
    for name, value in start.tensors.items():
        if not name.startswith("classifier."):
            np.testing.assert_array_equal(net.state_dict()[name].numpy(), value)


def test_a_start_of_which_hardly_anything_fits_is_refused() -> None:
    start = SharedWeights.load(BUNDLED)
    other = untrained(ofa_mbv3(1.2, (48,), 128), 5, 0)
    before = {name: value.clone() for name, value in other.state_dict().items()}
    with pytest.raises(InputError, match=r"fits 0\.\d % of the weights .*\(40 of 281 tensors\).*--start"):
        start_from(other, start)
    assert all(value.equal(before[name]) for name, value in other.state_dict().items())
    longer = untrained(replace(start.space, feature_width=512), 5, 0)
    assert start_from(longer, start) == len(start.tensors) - 3 and "classifier.bias" in start.tensors
