"""Images a second that the loader gives, from shards and from single files, and that training takes in each phase of a
recipe, from memory and from shards: the loader keeps up where both are equal. With `--peak-tflops`, what share of the
device's limit training from memory is.

Shards have just been written when they are read, and files just been read: both come from the operating system's page
cache, so the figures are those of decoding, not of a disk. The share counts two operations for each multiply-accumulate
of convolutions and matrices, forwards and backwards (`macs_per_image`), and nothing else."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from baseline import RECIPES
from machine import machine

from facefit.errors import FacefitError
from facefit.faces.batches import Faces
from facefit.faces.layouts import expressions_in
from facefit.faces.packing import pack
from facefit.faces.pictures import AsTheyAre
from facefit.faces.shard_writing import Job
from facefit.faces.shards import shard_catalogue
from facefit.faces.streamed import StreamedFaces
from facefit.space import SearchSpace
from facefit.supernet.loading import untrained
from facefit.training.compute import macs_per_image
from facefit.training.engine import Engine, start_engine
from facefit.training.feed import Sample, make_feed
from facefit.training.loop import Trainer
from facefit.training.order import Order
from facefit.training.recipe import Phase, Recipe, load_recipe
from facefit.training.steps import Steps

WARM_STEPS, READ_AHEAD = 3, 4
"""The first steps are slow, so that each worker has read so many batches meanwhile: they are not timed either."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="expressions, in any layout but shards")
    parser.add_argument("--recipe", type=Path, default=RECIPES / "ferplus.yaml")
    parser.add_argument("--images", type=int, default=8192, help="so many photos are packed and read")
    parser.add_argument("--steps", type=int, default=32, help="training steps of each phase that are timed")
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1, 2], help="that read; training has the most")
    parser.add_argument("--precision", default="32-true")
    parser.add_argument("--peak-tflops", type=float, help="what the device's maker names for this precision")
    parser.add_argument("--seed", type=int, default=0)
    try:
        print(json.dumps(measured(parser.parse_args())))
    except FacefitError as error:
        sys.exit(f"error: {error}")


def measured(args: argparse.Namespace) -> dict[str, Any]:
    """All rates, and what they are of."""
    recipe, engine = load_recipe(args.recipe), start_engine(precision=args.precision)
    batch, size = recipe.phases[-1].batch, max(recipe.resolutions)
    photos = expressions_in(args.data).learning
    photos = photos.where(torch.arange(len(photos)).numpy() < args.images)
    Steps(recipe, len(photos)).check_batches(engine)
    with tempfile.TemporaryDirectory() as folder:
        pack(Job(photos, AsTheyAre(), Path(folder), 2000, args.seed))
        shards = shard_catalogue(Path(folder))
        rates = {
            f"{source}, {workers} workers": reading_rate(StreamedFaces(catalogue, size), batch, workers, engine, args)
            for source, catalogue in (("shards", shards), ("files", photos))
            for workers in args.workers
        }
        loaded = photos.load(size)
        rates["memory"] = reading_rate(loaded, batch, 0, engine, args)
        sources: dict[str, Faces] = {"memory": loaded, "shards": StreamedFaces(shards, size)}
        phases = [phase_rates(recipe, i, sources, engine, args) for i in range(len(recipe.phases))]
    return {"seed": args.seed, "images": len(photos), "size": size, "batch": batch, "steps": args.steps,
            "device": device_name(engine.device), "precision": args.precision, "machine": machine(),
            "peak_tflops": args.peak_tflops, "photos_come_from": "page cache", "loader_images_a_second": rates,
            "training_workers": max(args.workers), "training": phases}  # fmt: skip


def device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else str(device)


def reading_rate(faces: Faces, batch: int, workers: int, engine: Engine, args: argparse.Namespace) -> float:
    """Photos of one epoch that are ready for training in a second."""
    order = Order(faces, args.seed, 0, batch)
    feed = make_feed(faces, engine.device, workers)
    return images_a_second(feed.samples(order, 0, order.steps_per_epoch, slice(0, batch)))


def images_a_second(samples: Iterator[Sample]) -> float:
    """Without the first batch, while which processes start."""
    last = next(samples)
    started, seen = time.perf_counter(), 0
    for last in samples:
        seen += len(last.images)
    last.images.flatten()[0].item()  # waits for the device
    return seen / (time.perf_counter() - started)


def phase_rates(
    recipe: Recipe, number: int, sources: Mapping[str, Faces], engine: Engine, args: argparse.Namespace
) -> dict[str, Any]:
    """Training from memory and from shards beside each other, and what it computes from memory."""
    space = recipe.space()
    phase = recipe.phases[number]
    rates = {source: training_rate(space, recipe, phase, faces, engine, args) for source, faces in sources.items()}
    macs = macs_per_image(space, phase)
    tflops = 2 * macs * rates["memory"] / 1e12
    return {"phase": number + 1, "batch": phase.batch, "images_a_second": rates["memory"],
            "images_a_second_from_shards": rates["shards"], "shards_to_memory": rates["shards"] / rates["memory"],
            "mmac_per_image": macs / 1e6, "tflops": tflops,
            "share_of_peak": tflops / args.peak_tflops if args.peak_tflops else None}  # fmt: skip


def training_rate(
    space: SearchSpace, recipe: Recipe, phase: Phase, faces: Faces, engine: Engine, args: argparse.Namespace
) -> float:
    """Photos of one phase that go through all subnets of a step, in a second."""
    with tempfile.TemporaryDirectory() as folder:
        net, alone = untrained(space, len(faces.classes), args.seed), recipe.model_copy(update={"phases": (phase,)})
        trainer = Trainer(net, faces, alone, Path(folder), args.seed, engine)
        feed = make_feed(faces, engine.device, max(args.workers))
        order = Order(faces, args.seed, 0, phase.batch)
        warm = WARM_STEPS + READ_AHEAD * max(args.workers)
        samples = feed.samples(order, 0, warm + args.steps, slice(0, phase.batch))
        for sample in islice(samples, warm):
            trainer.step(phase, sample)
        started = time.perf_counter()
        for sample in samples:
            trainer.step(phase, sample)  # returns a number, and so waits for the device
        return float(args.steps * phase.batch / (time.perf_counter() - started))


if __name__ == "__main__":
    main()
