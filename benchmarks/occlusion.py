"""What a descriptor looks at, mean over aligned faces of the 596 subjects of LFW; the figure has no photo in it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from machine import machine

from facefit.cli.output import progress_bar
from facefit.evaluation.occlusion import PATCH_SHARE, occlusion_maps
from facefit.evaluation.photos import plain_cut
from facefit.faces.alignment import TEMPLATE, TEMPLATE_PX
from facefit.faces.detected import central_face
from facefit.faces.detections import default_file, detect_photos
from facefit.faces.detector import FaceDetector
from facefit.faces.images import read_image
from facefit.faces.lfw import load_subjects
from facefit.report import save_figure
from facefit.report.recognition_drawing import occlusion_figure
from facefit.runtime import Descriptor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="LFW with its lists")
    parser.add_argument("--detections", type=Path, help="where detected faces are kept; default: the user's cache")
    parser.add_argument("--faces", type=int, default=200, help="people, a photo of each")
    parser.add_argument("--figure", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    embed, cut = Descriptor(args.file), plain_cut("aligned")
    photos = load_subjects(args.data).thinned(args.faces, 1, np.random.default_rng(args.seed))
    found = detect_photos(args.data, photos.names, FaceDetector(), args.detections or default_file(args.data))
    faces = []
    for name in photos.names:
        photo = read_image(args.data / name)
        face = central_face(found[name], *photo.shape[:2])
        if face is not None:
            faces.append(cut(photo, face, embed.input_size))
    with progress_bar(f"covering parts of {len(faces)} faces") as report:
        moved = occlusion_maps(embed, np.stack(faces), report).mean(axis=0)
    print(json.dumps({"n": len(faces), "seed": args.seed, "square_share_of_side": PATCH_SHARE, "machine": machine(),
                      "cosine_falls_by_most": float(moved.max()), "map": np.round(moved, 4).tolist()}))  # fmt: skip
    if args.figure:
        save_figure(
            occlusion_figure(moved, tuple((x / TEMPLATE_PX, y / TEMPLATE_PX) for x, y in TEMPLATE)), args.figure
        )


if __name__ == "__main__":
    main()
