"""Shards: what is packed comes out again, by our reader and by WebDataset's own."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
import webdataset
from PIL import Image

from facefit.errors import ArtifactError, InputError
from facefit.faces.catalogue import Catalogue
from facefit.faces.ferplus import load_ferplus
from facefit.faces.folders import folder_catalogue
from facefit.faces.layouts import expressions_in
from facefit.faces.packing import pack
from facefit.faces.pictures import AsTheyAre, Picture, Resized
from facefit.faces.places import Places
from facefit.faces.shard_header import HEADER
from facefit.faces.shard_writing import Job
from facefit.faces.shards import PLAN, shard_catalogue
from facefit.faces.streamed import StreamedFaces


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """24 photos of noise in two classes, and one that is damaged."""
    rng = np.random.default_rng(0)
    for name in ("glad", "sad"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(12):
            Image.fromarray(rng.integers(0, 256, (10, 12, 3), np.uint8)).save(tmp_path / "photos" / name / f"{i}.png")
    (tmp_path / "photos" / "sad" / "broken.jpg").write_bytes(b"\xff\xd8 no image")
    return tmp_path / "photos"


def job(photos: Path, out: Path) -> Job:
    out.mkdir(exist_ok=True)
    return Job(folder_catalogue(photos), AsTheyAre(), out, photos_per_shard=7, seed=0)


def same_photos(a: Catalogue, b: Catalogue, size: int) -> bool:
    """The same names with the same pixels and targets, in any order."""
    one, other = a.load(size), b.load(size)
    first, second = np.argsort(one.names), np.argsort(other.names)
    return [one.names[i] for i in first] == [other.names[i] for i in second] and all(
        np.array_equal(x[first], y[second]) for x, y in ((one.images, other.images), (one.targets, other.targets))
    )


def test_what_is_packed_comes_out_again_and_damage_is_reported(photos: Path, tmp_path: Path) -> None:
    skipped = pack(job(photos, tmp_path / "shards"))
    assert skipped.keys() == {"sad/broken.jpg"}
    packed = shard_catalogue(tmp_path / "shards")
    assert len(packed) == 24 and packed.classes == ("glad", "sad") and packed.skipped == skipped
    assert same_photos(packed, folder_catalogue(photos), 10)


def test_webdataset_reads_our_shards(photos: Path, tmp_path: Path) -> None:
    pack(job(photos, tmp_path / "shards"))
    files = [str(file) for file in sorted((tmp_path / "shards").glob("*.tar"))]
    samples = list(webdataset.WebDataset(files, shardshuffle=False).decode("rgb8"))
    assert len(files) == 4 and len(samples) == 24
    expected = folder_catalogue(photos)
    for sample in samples:
        i = expected.names.index(sample["json"]["name"])
        assert sample["cls"] == expected.labels[i] and sample["json"]["class"] == expected.classes[sample["cls"]]
        np.testing.assert_array_equal(sample["png"], expected.places.read(i))


def test_we_read_shards_that_webdataset_wrote(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), np.uint8)
    with webdataset.TarWriter(str(tmp_path / "a.tar")) as writer:
        for i, image in enumerate(images):
            writer.write({"__key__": f"sub/{i}", "png": image, "cls": i % 3})
        writer.write({"__key__": "unlabelled", "png": images[0]})
    (tmp_path / "classes.txt").write_text("glad\nsad\ncalm\n")
    faces = shard_catalogue(tmp_path).load(8)
    np.testing.assert_array_equal(faces.images, images)
    assert faces.classes == ("glad", "sad", "calm") and faces.labels.tolist() == [0, 1, 2, 0, 1]
    assert faces.names[0] == "a/sub/0"
    assert faces.skipped.keys() == {"a/unlabelled"} and "without class" in faces.skipped["a/unlabelled"]


def test_interrupted_packing_goes_on_to_the_same_bytes(photos: Path, tmp_path: Path) -> None:
    whole = pack(job(photos, tmp_path / "whole"))

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pack(job(photos, tmp_path / "halves"), progress=stop)
    assert not (tmp_path / "halves" / HEADER).exists()
    with pytest.raises(InputError, match=r"packing was interrupted.*'facefit pack' again"):
        expressions_in(tmp_path / "halves")
    assert pack(job(photos, tmp_path / "halves")) == whole
    for file in (tmp_path / "whole").iterdir():
        assert file.read_bytes() == (tmp_path / "halves" / file.name).read_bytes()
    with pytest.raises(InputError, match="holds shards of another seed"):
        pack(Job(folder_catalogue(photos), AsTheyAre(), tmp_path / "whole", 7, seed=1))


@pytest.mark.slow
def test_several_processes_pack_the_same_bytes(photos: Path, tmp_path: Path) -> None:
    one, two = pack(job(photos, tmp_path / "one")), pack(job(photos, tmp_path / "two"), workers=2)
    assert one == two
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_missing_or_cut_shards_are_not_passed_over(photos: Path, tmp_path: Path) -> None:
    shards = tmp_path / "shards"
    pack(job(photos, shards))
    first = shards / "shard-000000.tar"
    data = first.read_bytes()
    first.write_bytes(data[:-1024])
    with pytest.raises(ArtifactError, match=r"shard-000000\.tar is missing, cut off"):
        shard_catalogue(shards)
    for file in (HEADER, PLAN):
        (shards / file).unlink()
    first.write_bytes(data[:2000])
    with pytest.raises(ArtifactError, match="not a whole shard"):
        shard_catalogue(shards)


def test_votes_and_sizes_survive(ferplus, tmp_path: Path) -> None:
    for i in range(6):
        ferplus.add("Training", f"{i}.png", [0, 6, 4, 0, 0, 0, 0, 0, 0, 0] if i % 2 else [5, 5, 0, 0, 0, 0, 0, 0, 0, 0])
    found = expressions_in(ferplus.path)
    pack(Job(found.learning, AsTheyAre(), tmp_path / "shards", 4, seed=0))
    packed = expressions_in(tmp_path / "shards")
    assert packed.learning.side_px == 48 and packed.learning.protocol == "ferplus-votes"
    assert same_photos(packed.learning, found.learning, 64)
    assert (
        sorted(packed.decided.names)
        == ["1.png", "3.png", "5.png"]
        == list(load_ferplus(ferplus.path, "train", "majority").names)
    )


def test_a_shard_whose_photos_were_all_left_out_spoils_nothing(ferplus, tmp_path: Path) -> None:
    for i in range(4):
        ferplus.add("Training", f"{i}.png", [0, 6, 4, 0, 0, 0, 0, 0, 0, 0])
    (ferplus.path / "FER2013Train" / "2.png").write_bytes(b"no image")
    found = expressions_in(ferplus.path).learning
    pack(Job(found, AsTheyAre(), tmp_path / "shards", 1, seed=0))
    packed = expressions_in(tmp_path / "shards").learning
    assert len(list((tmp_path / "shards").glob("*.tar"))) == 4
    assert sorted(packed.names) == ["0.png", "1.png", "3.png"] and packed.targets.shape == (3, len(packed.classes))
    assert same_photos(packed, found, 48)


def test_resized_photos_are_what_reading_would_make_of_them(photos: Path, tmp_path: Path) -> None:
    pack(Job(folder_catalogue(photos), Resized(8), tmp_path / "shards", 50, seed=0))
    packed = shard_catalogue(tmp_path / "shards")
    assert packed.side_px == 8 and same_photos(packed, folder_catalogue(photos), 8)


def test_reading_reports_each_photo_the_damaged_ones_too(photos: Path) -> None:
    told: list[tuple[int, int]] = []
    faces = folder_catalogue(photos).load(8, lambda done, total: told.append((done, total)))
    assert len(faces) == 24 and told == [(done, 25) for done in range(1, 26)]


def test_shards_of_larger_photos_are_learnt_from_like_the_folder(photos: Path, tmp_path: Path) -> None:
    for path in photos.rglob("*.png"):
        with Image.open(path) as small:
            small.resize((40, 40)).save(path)
    pack(Job(folder_catalogue(photos), Resized(40), tmp_path / "shards", 50, seed=0))
    packed, folder = shard_catalogue(tmp_path / "shards"), folder_catalogue(photos)
    assert packed.side_px == 40 and same_photos(packed, folder, 16)
    assert packed.bytes_at(16) == len(packed) * 3 * 16**2
    assert StreamedFaces(packed, 16).read(np.arange(2)).images.shape == (2, 16, 16, 3)
    prints = {StreamedFaces(packed, size).fingerprint() for size in (16, 40, 64)}
    assert len(prints) == 2  # photos are never enlarged, so 64 is as good as 40


def test_an_epoch_visits_each_photo_once_and_shards_one_after_another(photos: Path, tmp_path: Path) -> None:
    pack(job(photos, tmp_path / "shards"))
    faces = StreamedFaces(shard_catalogue(tmp_path / "shards"), 8)
    order = faces.order(np.random.default_rng(3))
    assert sorted(order) == list(range(24)) and not np.array_equal(order, faces.order(np.random.default_rng(4)))
    np.testing.assert_array_equal(order, faces.order(np.random.default_rng(3)))


def test_order_keeps_to_windows(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facefit.faces.streamed.WINDOW", 7)
    pack(Job(folder_catalogue(photos), AsTheyAre(), tmp_path / "shards", 5, seed=0))
    faces = StreamedFaces(shard_catalogue(tmp_path / "shards"), 8)
    shards = faces.catalogue.places.file[faces.order(np.random.default_rng(0))]
    assert all(len(set(shards[start : start + 7])) <= 3 for start in range(0, 21, 7))


def test_a_damaged_image_is_replaced_and_told(photos: Path) -> None:
    faces = StreamedFaces(folder_catalogue(photos), 8)
    broken = faces.names.index("sad/broken.jpg")
    batch = faces.read(np.array([broken, 3, 4]))
    assert batch.damaged.keys() == {"sad/broken.jpg"} and "not an image" in batch.damaged["sad/broken.jpg"]
    np.testing.assert_array_equal(batch.images[0], batch.images[1])
    np.testing.assert_array_equal(batch.targets[0], batch.targets[1])
    with pytest.raises(InputError, match="all 1 images of a batch are damaged"):
        faces.read(np.array([broken]))


def test_foreign_headers_are_refused(photos: Path, tmp_path: Path) -> None:
    pack(job(photos, tmp_path / "shards"))
    header = json.loads((tmp_path / "shards" / HEADER).read_text())
    (tmp_path / "shards" / HEADER).write_text(json.dumps(header | {"schema": 99}))
    with pytest.raises(ArtifactError, match="schema 1"):
        shard_catalogue(tmp_path / "shards")
    with tarfile.open(tmp_path / "empty.tar", "w"):
        pass
    with pytest.raises(InputError, match="without a photo that has a class"):
        shard_catalogue(tmp_path)


@pytest.mark.parametrize(
    "said",
    [
        {"shards": [1]},
        {"shards": {"a.tar": "x"}},
        {"classes": 3},
        {"classes": [1, 2]},
        {"skipped": ["a"]},
        {"side_px": -4},
        {"side_px": "8"},
        {"protocol": None},
    ],
)
def test_headers_of_another_form_are_refused(photos: Path, tmp_path: Path, said: dict[str, object]) -> None:
    pack(job(photos, tmp_path / "shards"))
    header = json.loads((tmp_path / "shards" / HEADER).read_text())
    (tmp_path / "shards" / HEADER).write_text(json.dumps(header | said))
    with pytest.raises(ArtifactError, match="not a header of shards"):
        shard_catalogue(tmp_path / "shards")


def write_shard_of(path: Path, members: dict[str, bytes]) -> None:
    """Two photos of classes 0 and 1, changed by the members."""
    image = io.BytesIO()
    Image.new("RGB", (8, 8)).save(image, "PNG")
    whole = {"a.png": image.getvalue(), "a.cls": b"0", "b.png": image.getvalue(), "b.cls": b"1"} | members
    with tarfile.open(path, "w") as tar:
        for name in sorted(whole):
            info = tarfile.TarInfo(name)
            info.size = len(whole[name])
            tar.addfile(info, io.BytesIO(whole[name]))


@pytest.mark.parametrize(
    "members",
    [
        {"a.cls": b"happy"},
        {"a.cls": b"-1"},
        {"a.cls": b"2000000000"},  # as many names would fill the memory
        {"a.cls": b"1" + b"0" * 30},
        {"a.json": b"["},
        {"a.json": b"[" * 100_000},
        {"a.json": b"[1]"},
        {"a.json": b'{"name": "\\ud800"}'},
        *({"a.json": b'{"votes": %s}' % votes, "b.json": b'{"votes": %s}' % votes} for votes in (
            b"3", b"[]", b"[[1, 0]]", b"[NaN, 1]", b"[5, 5]", b"[-1, 2]", b"[1]", b'["x", 1]')),
        {"a.json": b'{"votes": [0, 1]}'},
        *({"a.json": b'{"box": %s}' % box, "b.json": b'{"box": %s}' % box} for box in (
            b"3", b"[0, 0, 4]", b"[[0, 0], [4, 4]]", b"[0, 0, 4, 1e999]", b"[0, 0, 4, 5000000000]", b'"abcd"')),
    ],
    ids=str,
)  # fmt: skip
def test_shards_that_say_nonsense_are_refused(tmp_path: Path, members: dict[str, bytes]) -> None:
    write_shard_of(tmp_path / "a.tar", members)
    with pytest.raises(ArtifactError):
        shard_catalogue(tmp_path)


def test_shards_that_differ_in_their_votes_are_refused(tmp_path: Path) -> None:
    for name, votes in (("a.tar", b"[0, 1]"), ("b.tar", b"[0, 1, 0]")):
        said = b'{"votes": %s}' % votes
        write_shard_of(tmp_path / name, {"a.json": said, "b.json": said})
    with pytest.raises(ArtifactError, match="votes is of another length in some shards"):
        shard_catalogue(tmp_path)


def test_what_is_no_photo_with_a_class_is_told_of(tmp_path: Path) -> None:
    """Names with dots in them end at the first, as in the library; other members were not meant to be photos."""
    write_shard_of(
        tmp_path / "s.tar", {"c.png": b"", "d.cls": b"1", "e.1.png": b"", "e.1.cls": b"1", "README.txt": b"."}
    )
    (tmp_path / "classes.txt").write_bytes("\ufeffglad\r\nsad\r\n".encode())
    found = shard_catalogue(tmp_path)
    assert found.names == ("s/a", "s/b") and found.classes == ("glad", "sad")
    assert found.skipped.keys() == {"s/c", "s/d", "s/e"}


class BothViews(AsTheyAre):
    """The photo itself for either view: no face has to be found in noise."""

    def __call__(self, places: Places, i: int) -> list[Picture]:
        (whole,) = super().__call__(places, i)
        return [whole._replace(ending=f"#{view}") for view in ("aligned", "cropped")]


def test_people_in_shards_are_not_taken_for_expressions(photos: Path, tmp_path: Path) -> None:
    pack(Job(folder_catalogue(photos), BothViews(), tmp_path / "shards", 50, seed=0))
    with pytest.raises(InputError, match=r"shards of people.*add --task identity"):
        expressions_in(tmp_path / "shards")
