"""The tab Match: photos in, boxes and lines out, words where there is nothing to compare."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from page_photos import people, side_by_side
from page_visit import Visit, no_photo_leaves
from playwright.sync_api import expect

from facefit.bundle import Bundle
from facefit.faces.detector import FaceDetector
from facefit.faces.images import read_image
from facefit.faces.matching import describe_faces, similarities
from facefit.runtime import Descriptor

ANSWER = re.compile("among|nearest|No face|not a photo")

REPLACED = """async () => {
  const { Photos } = await import("/js/match/photos.js");
  const { answer } = await import("/js/match/answer.js");
  const { matches } = await import("/js/faces/matching.js");
  const [reads, forgotten, entry] = [[], [], { url: "a", card: {} }];
  let away = null;
  const worker = {
    read: () => new Promise((resolve) => reads.push((key) => resolve({ key, faces: [{}] }))),
    forget: async (key) => forgotten.push(key),
    describe: async () => [Float32Array.of(1)],
  };
  const startWith = async () => {
    if (away) throw new Error(away);
    return worker;
  };
  const photos = new Photos({ start: async () => worker, startWith }, { chosen: () => ({ ...entry }) });
  const settled = () => new Promise((resolve) => setTimeout(resolve, 20));
  const read = async (i) => {
    photos.read(i, new Blob());
    await settled();
  };
  const told = () => answer(photos.both, photos.pairs, matches(photos.pairs ?? [], 0));
  const seen = {};

  await read(0);
  await read(0);
  reads[1](2);
  reads[0](1); // of the photo that was replaced
  await settled();
  seen.late = [photos.both[0].key, [...forgotten], told()];
  await read(1);
  reads[2](3);
  await settled();
  seen.both = [photos.pairs.length, told()];
  await read(1);
  seen.replaced = [photos.pairs, [...forgotten], told()];
  reads[3](4);
  await settled();
  [entry.url, away] = ["b", "out of reach"];
  await photos.describe();
  seen.away = [photos.pairs, photos.both[0].undescribed, told()];
  away = null;
  await photos.describe();
  seen.back = [photos.pairs.length, photos.both[0].undescribed, told()];
  return seen;
}"""


def choose(visiting: Visit, first: Path, second: Path) -> str:
    for name, file in (("First photo", first), ("Second photo", second)):
        visiting.page.get_by_label(name).set_input_files(file)
    expect(visiting.page.locator(".answer")).to_have_text(ANSWER, timeout=120_000)
    return visiting.words(".answer")


def slide(visiting: Visit, threshold: float) -> None:
    visiting.page.locator("#threshold").fill(str(threshold))


@pytest.mark.slow
def test_a_photo_without_a_face_is_told_in_words(visit: Any, grey: Path) -> None:
    visiting = visit()
    visiting.open()
    assert choose(visiting, grey, grey) == "No face found in the first and in the second photo."
    assert visiting.page.locator(".links .face").count() == 0
    assert visiting.page.get_by_label("First photo").input_value() == ""  # the same one can be chosen again
    assert visiting.errors == []


@pytest.mark.slow
def test_what_is_compared_are_the_photos_that_are_shown_by_one_network(visit: Any) -> None:
    """With a made-up worker, which answers when the test says so."""
    visiting = visit()
    visiting.go("/")
    seen = visiting.page.evaluate(REPLACED)
    assert seen == {
        "late": [2, [1], "Choose the second photo."],
        "both": [1, "1 match among 1 pair."],
        "replaced": [None, [1, 3], "Looking for faces…"],
        "away": [None, "out of reach", "out of reach"],
        "back": [1, None, "1 match among 1 pair."],
    }


@pytest.mark.slow
def test_a_file_that_is_no_photo_is_told_in_words(visit: Any, grey: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(grey.read_bytes()[:200])
    visiting = visit()
    visiting.open()
    assert "not a photo" in choose(visiting, broken, grey)
    assert visiting.errors == []


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_faces_of_two_photos_are_joined_by_lines(visit: Any, lfw: Path, tmp_path: Path, scheme: str) -> None:
    a, b, c = people(lfw, 3, 2)
    first = side_by_side([a[0], b[0]], tmp_path / "first.png")
    second = side_by_side([b[1], c[0], a[1]], tmp_path / "second.png")
    visiting = visit(color_scheme=scheme)
    visiting.open()
    visiting.shot(f"match-empty-{scheme}")
    with no_photo_leaves(visiting):
        choose(visiting, first, second)
        visiting.shot(f"match-{scheme}")
        wanted = python_similarities(visiting, first, second)
        assert wanted.shape[0] >= 2 and wanted.shape[1] >= 3
        assert visiting.page.locator(".links .face").count() == sum(wanted.shape)
        slide(visiting, 1)
        assert visiting.page.locator(".links line").count() == 0
        assert visiting.words(".answer") == f"No match. The nearest pair reaches {wanted.max():.2f}."
        slide(visiting, -0.2)
        assert visiting.page.locator(".links line").count() == (wanted >= -0.2).sum() >= 6
    seen = sorted(float(text) for text in visiting.page.locator(".links text").all_text_contents())
    np.testing.assert_allclose(seen, np.sort(wanted[wanted >= -0.2]), atol=0.0051)  # written with two digits
    assert "trained to tell people apart" in visiting.words(".knows")
    assert visiting.errors == []


def python_similarities(visiting: Visit, first: Path, second: Path) -> np.ndarray:
    """What `facefit match` finds with the same network."""
    listed = visiting.page.evaluate("async () => (await (await fetch('/api/models')).json()).models")
    (entry,) = [entry for entry in listed if entry["name"] == "identity-smallest"]
    file = first.with_name("descriptor.tflite")
    file.write_bytes(visiting.context.request.get(f"{visiting.site.address}{entry['url']}").body())
    embed, detector = Descriptor(file), FaceDetector()
    described = [describe_faces(read_image(photo), detector, embed, "aligned") for photo in (first, second)]
    return similarities(*described)


@pytest.mark.slow
@pytest.mark.real_data
def test_photos_stay_where_they_are_when_another_tab_was_looked_at(visit: Any, lfw: Path) -> None:
    ((one, two),) = people(lfw, 1, 2)
    visiting = visit()
    visiting.open()
    before = choose(visiting, one, two)
    visiting.page.click("#tab-live")
    visiting.page.click("#tab-match")
    visiting.page.wait_for_selector(".links .face")
    assert visiting.words(".answer") == before


@pytest.mark.slow
@pytest.mark.real_data
def test_photos_are_read_to_the_end_while_another_tab_is_looked_at(visit: Any, lfw: Path) -> None:
    ((one, two),) = people(lfw, 1, 2)
    visiting = visit()
    visiting.open()
    for name, file in (("First photo", one), ("Second photo", two)):
        visiting.page.get_by_label(name).set_input_files(file)
    visiting.page.click("#tab-live")
    visiting.page.click("#tab-match")
    expect(visiting.page.locator(".answer")).to_have_text(ANSWER, timeout=120_000)
    assert visiting.page.locator(".links .face").count() >= 2


@pytest.mark.slow
def test_each_tab_uses_networks_for_its_task(visit: Any) -> None:
    """Match begins with the threshold of the SuperNet's card."""
    visiting = visit()
    visiting.open()
    parts = Bundle.load(task="identity")
    told = parts.identification(parts.space.smallest)
    assert told is not None
    wanted = told["thresholds"]["0.001"]
    expect(visiting.page.locator(".threshold output")).to_have_text(f"{wanted:.2f}")
    network = visiting.page.get_by_label("Network")
    assert network.input_value() == "identity-smallest"
    network.select_option("identity-largest")
    visiting.page.click("#tab-live")
    visiting.page.wait_for_selector(".live")
    assert network.input_value() == "expression-smallest" and network.locator("option").count() == 2
    visiting.page.click("#tab-measure")
    visiting.page.wait_for_selector(".choices")
    checked = visiting.page.locator("input[name=pick]:checked").evaluate_all("all => all.map(({ value }) => value)")
    assert checked == ["expression-smallest", "identity-largest"]
    assert visiting.errors == []
