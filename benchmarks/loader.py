"""Images a second that the loader gives, from shards and from single files, against those that training takes."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import torch
from machine import machine

from facefit.faces.catalogue import Catalogue
from facefit.faces.layouts import expressions_in
from facefit.faces.packing import pack
from facefit.faces.pictures import AsTheyAre
from facefit.faces.shard_writing import Job
from facefit.faces.shards import shard_catalogue
from facefit.faces.streamed import StreamedFaces
from facefit.space import SearchSpace
from facefit.supernet.loading import untrained
from facefit.training.engine import start_engine
from facefit.training.feed import Order, ResidentFeed, Sample, StreamingFeed
from facefit.training.loop import Trainer
from facefit.training.recipe import Phase, Recipe, load_recipe


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="expressions, in any layout but shards")
    parser.add_argument("--recipe", type=Path, default=Path("recipes/ferplus.yaml"))
    parser.add_argument("--images", type=int, default=8192, help="so many photos are packed and read")
    parser.add_argument("--steps", type=int, default=8, help="training steps that are timed")
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--precision", default="32-true")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    recipe, engine = load_recipe(args.recipe), start_engine(precision=args.precision)
    phase, size = recipe.phases[-1], max(recipe.resolutions)
    photos = expressions_in(args.data).learning
    photos = photos.where(torch.arange(len(photos)).numpy() < args.images)
    rates: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        pack(Job(photos, AsTheyAre(), Path(folder), 2000, args.seed))
        for source, catalogue in (("shards", shard_catalogue(Path(folder))), ("files", photos)):
            for workers in args.workers:
                feed = StreamingFeed(StreamedFaces(catalogue, size), engine.device, workers)
                order = Order(feed.faces, args.seed, 0, phase.batch)
                samples = feed.samples(order, 0, order.steps_per_epoch, slice(0, phase.batch))
                rates[f"{source}, {workers} workers"] = images_a_second(samples)
    loaded = photos.load(size)
    order = Order(loaded, args.seed, 0, phase.batch)
    samples = ResidentFeed(loaded, engine.device).samples(order, 0, order.steps_per_epoch, slice(0, phase.batch))
    rates["memory"] = images_a_second(samples)
    training = training_rate(recipe, phase, photos, size, args)
    print(json.dumps({"seed": args.seed, "images": len(photos), "size": size, "batch": phase.batch,
                      "device": str(engine.device), "precision": args.precision, "machine": machine(),
                      "loader_images_a_second": rates, "training_images_a_second": training}))  # fmt: skip


def images_a_second(samples: Iterator[Sample]) -> float:
    """Without the first batch, while which processes start."""
    next(samples)
    started, seen = time.perf_counter(), 0
    for sample in samples:
        seen += len(sample.images)
    return seen / (time.perf_counter() - started)


def training_rate(recipe: Recipe, phase: Phase, photos: Catalogue, size: int, args: argparse.Namespace) -> float:
    """Photos that go through all subnets of a step, in a second."""
    space = SearchSpace.ofa_mbv3(recipe.width, recipe.resolutions, recipe.descriptor)
    faces, alone = photos.load(size), recipe.model_copy(update={"phases": (phase,)})
    engine = start_engine(precision=args.precision)
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            untrained(space, len(photos.classes), args.seed), faces, alone, Path(folder), args.seed, engine
        )
        order = Order(faces, args.seed, 0, phase.batch)
        samples = ResidentFeed(faces, engine.device).samples(order, 0, args.steps + 1, slice(0, phase.batch))
        trainer.step(phase, next(samples))
        started = time.perf_counter()
        for sample in islice(samples, args.steps):
            trainer.step(phase, sample)  # returns a number, and so waits for the device
        rate: float = args.steps * phase.batch / (time.perf_counter() - started)
        return rate


if __name__ == "__main__":
    main()
