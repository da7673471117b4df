"""Faces that stay on disk are learnt from like those in memory, and an interrupted run goes on as if it were whole."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from spaces import tiny_space

from facefit.errors import InputError
from facefit.faces.batches import Batch
from facefit.faces.folders import folder_catalogue
from facefit.faces.streamed import StreamedFaces
from facefit.supernet.network import SuperNet
from facefit.training.feed import ResidentFeed, StreamingFeed, make_feed
from facefit.training.loop import Trainer
from facefit.training.metrics import Epoch, TensorBoard
from facefit.training.order import Order
from facefit.training.recipe import Phase, Recipe


@pytest.fixture
def faces(tmp_path: Path) -> StreamedFaces:
    """48 photos of two classes and a damaged one."""
    rng = np.random.default_rng(0)
    for c, name in enumerate(("dark", "light")):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(24):
            pixels = rng.integers(100 * c, 100 * c + 100, (24, 24, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{i}.png")
    (tmp_path / "photos" / "light" / "broken.png").write_text("no image")
    return StreamedFaces(folder_catalogue(tmp_path / "photos"), 24)


def trainer(faces: StreamedFaces, folder: Path, workers: int) -> Trainer:
    folder.mkdir(exist_ok=True)
    torch.manual_seed(0)
    phase = Phase(epochs=3, resolutions=(24,), random=0, batch=16)
    recipe = Recipe(resolutions=(24, 32), phases=(phase,), average_decay=0.8)
    return Trainer(SuperNet(tiny_space(), 2), faces, recipe, folder, seed=0, workers=workers)


@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=pytest.mark.slow)])
def test_streamed_batches_are_those_in_memory_whoever_reads_them(faces: StreamedFaces, workers: int) -> None:
    loaded = faces.catalogue.load(24)
    sound = StreamedFaces(faces.catalogue.where(np.array([not n.endswith("broken.png") for n in faces.names])), 24)
    order, part = Order(sound, seed=5, phase=1, batch=12), slice(4, 8)
    device = torch.device("cpu")
    streamed = StreamingFeed(sound, device, workers).samples(order, 3, 9, part)
    kept = ResidentFeed(loaded, device).samples(order, 3, 9, part)
    count = 0
    for a, b in zip(streamed, kept, strict=True):
        assert torch.equal(a.images, b.images) and torch.equal(a.targets, b.targets)
        count += 1
    assert count == 6


def test_an_interrupted_run_ends_bit_for_bit_like_a_whole_one_and_counts_damage(
    faces: StreamedFaces, tmp_path: Path
) -> None:
    whole, steps = trainer(faces, tmp_path / "whole", 0), []
    whole.run(lambda r: None, lambda epoch: {}, save_seconds=1e9)
    assert whole.damaged.keys() == {"light/broken.png"}
    last = json.loads((tmp_path / "whole" / "metrics.jsonl").read_text().splitlines()[-1])
    assert last["damaged_images"] == 1 and last["step"] == 9

    def kill(progress: object) -> None:
        steps.append(progress)
        if len(steps) == 5:
            raise KeyboardInterrupt

    first = trainer(faces, tmp_path / "halves", 0)
    with pytest.raises(KeyboardInterrupt):
        first.run(kill, lambda epoch: {}, save_seconds=0.0)
    second = trainer(faces, tmp_path / "halves", 0)
    assert second.resume() and second.damaged == first.damaged != {}
    second.run(lambda r: None, lambda epoch: {}, save_seconds=1e9)
    assert all(torch.equal(value, whole.average[name]) for name, value in second.average.items())


@pytest.mark.parametrize(("cores", "sharing", "readers"), [(8, 1, 7), (8, 2, 3), (8, 4, 1), (2, 2, 1), (64, 2, 8)])
def test_processes_of_a_machine_share_the_cores_they_may_use(
    faces: StreamedFaces, monkeypatch: pytest.MonkeyPatch, cores: int, sharing: int, readers: int
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda process: set(range(cores)))
    feed, asked = (make_feed(faces, torch.device("cpu"), workers, sharing) for workers in (None, 5))
    assert isinstance(feed, StreamingFeed) and feed.workers == readers
    assert isinstance(asked, StreamingFeed) and asked.workers == 5


def test_tensorboard_receives_each_figure(tmp_path: Path) -> None:
    from tensorboardX.proto.event_pb2 import Event

    log = TensorBoard(tmp_path / "board")
    log.append(Epoch(0, 1, 7, 1.25, {"largest": 0.5}))
    log.append(Epoch(0, 2, 14, 1.0, {"largest": 0.75}))
    (file,) = (tmp_path / "board").iterdir()
    data, seen, at = file.read_bytes(), [], 0
    while at < len(data):  # records: length (8 bytes), its checksum (4), an event, its checksum (4)
        length = int.from_bytes(data[at : at + 8], "little")
        event = Event.FromString(data[at + 12 : at + 12 + length])
        seen += [(value.tag, event.step, value.simple_value) for value in event.summary.value]
        at += length + 16
    assert seen == [("loss", 7, 1.25), ("largest", 7, 0.5), ("loss", 14, 1.0), ("largest", 14, 0.75)]


class Asked(StreamedFaces):
    """Says who answers Ctrl-C where photos are read; the photo with number 1 is damaged."""

    def read(self, indices: NDArray[np.int64]) -> Batch:
        if 1 in indices:
            raise InputError("all 1 images of a batch are damaged")
        batch = super().read(indices)
        return batch._replace(damaged={"": str(signal.getsignal(signal.SIGINT) == signal.SIG_IGN)})


@pytest.mark.parametrize("workers", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_readers_leave_errors_and_interrupts_to_the_trainer(faces: StreamedFaces, workers: int) -> None:
    asked = Asked(faces.catalogue.where(np.arange(len(faces)) < 2), 24)
    order = Order(asked, seed=0, phase=0, batch=1)
    samples = StreamingFeed(asked, torch.device("cpu"), workers).samples(order, 0, 2, slice(0, 1))
    assert set(order.epoch(0)) == {0, 1}
    told = []
    with pytest.raises(InputError) as caught:
        told += [sample.damaged[""] for sample in samples]
    assert str(caught.value) == "all 1 images of a batch are damaged"
    assert told in ([], [str(workers > 0)])
