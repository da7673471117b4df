"""How well the teacher of the identity SuperNet recognises the same people by the same protocols: what a network that
learns its descriptors can reach at best, and, since its author says how good it is, whether detection, alignment and
protocols here are sound. Descriptors as they are, without what `facefit train` takes off their mean; the teacher did
not learn from people of LFW, by its author's account. Photos without a descriptor count as photos without a face."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from machine import machine
from one_object import print_result

from facefit.errors import InputError
from facefit.evaluation.identification import REPEATS, identify, summarise
from facefit.evaluation.pairs import pair_set
from facefit.evaluation.photos import DescribedPhotos
from facefit.evaluation.verification import verify
from facefit.faces.lfw import load_subjects
from facefit.faces.teacher import Teacher
from facefit.weights import SeenPeople

PAIRS = ("lfw-pairs", "lfw-596-pairs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("teacher", type=Path, help="descriptors of `teacher.py`, those of LFW among them")
    parser.add_argument("--data", type=Path, required=True, help="LFW")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--seed", type=int, default=0)
    print_result(partial(judged, parser.parse_args()))


def judged(args: argparse.Namespace) -> dict[str, Any]:
    teacher, photos = Teacher.load(args.teacher), load_subjects(args.data)
    described = described_by(teacher, photos.names)
    found = summarise(identify(described, photos.person, args.repeats, args.seed), "lfw-596", described, args.seed)
    rows = [found.to_json(), *(of_pairs(teacher, args.data, protocol, args.seed) for protocol in PAIRS)]
    return {"teacher": teacher.origin, "seed": args.seed, "machine": machine(), "rows": rows}


def described_by(teacher: Teacher, names: Sequence[str]) -> DescribedPhotos:
    """Unit descriptors, as far as the teacher has seen the photos; `InputError` if it has seen none."""
    row = {name: i for i, name in enumerate(teacher.names)}
    found = np.array([name in row for name in names])
    if not found.any():
        raise InputError(f"the teacher has seen none of {len(names)} photos, such as {names[0]}; expected those of LFW")
    descriptors = np.zeros((len(names), teacher.descriptors.shape[1]), np.float32)
    seen = teacher.descriptors[[row[name] for name in names if name in row]]
    descriptors[found] = seen / np.linalg.norm(seen, axis=1, keepdims=True)
    return DescribedPhotos(descriptors, found)


def of_pairs(teacher: Teacher, folder: Path, protocol: str, seed: int) -> dict[str, Any]:
    chosen = pair_set(folder, protocol, SeenPeople(), seed)
    pairs, described = chosen.pairs, described_by(teacher, chosen.pairs.names)
    without = int((~(described.found[pairs.first] & described.found[pairs.second])).sum())
    similarity = described.pair_similarities(pairs.first, pairs.second)
    return verify(similarity, chosen.drawn(seed), pairs.fold, protocol=protocol, without_face=without).to_json()


if __name__ == "__main__":
    main()
