"""`facefit export`: a subnet as a file that was run and compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import numpy as np
import typer

from facefit.artifacts import read_json
from facefit.bundle import Bundle
from facefit.cli.options import BundledTask, BundleFolder, Json, Seed
from facefit.cli.output import Output, Report, progress_bar
from facefit.errors import InputError, require
from facefit.fit.calibration import having_met, read_faces
from facefit.fit.parity import best_reference
from facefit.graph import ExportResult, StaticInt8, export_onnx
from facefit.graph import export as write_tflite
from facefit.graph.forms import Output as Result
from facefit.graph.forms import Weights
from facefit.graph.handover import Precision
from facefit.graph.static_int8 import ENOUGH_FACES
from facefit.space import subnet_from_config
from facefit.weights import StaticNetwork

Format: TypeAlias = Literal["tflite", "onnx", "pytorch"]


def export(
    subnet: Annotated[
        Path, typer.Option(metavar="FILE", help="subnet.safetensors, or a net_config.json for the bundle's SuperNet.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the file goes; its card goes beside it.")],
    format: Annotated[
        Format | None,
        typer.Option(help="Kind of file (default: by the ending of --out: .onnx, .pt2, else tflite)."),
    ] = None,
    outputs: Annotated[
        Literal["descriptor", "probabilities", "both"] | None,
        typer.Option(help="What the file gives (default: the descriptor, and probabilities where there are classes)."),
    ] = None,
    depthwise7: Annotated[
        Literal["plain", "split"],
        typer.Option(help="Form of 7x7 depthwise; 'facefit profile' says which is faster on a device."),
    ] = "split",
    weights: Annotated[
        Precision | None,
        typer.Option(
            help="Number format of weights in a .tflite (default: float16). int8-static computes in int8 too, which is "
            "faster; both int8 may cost accuracy: measure it with 'evaluate'."
        ),
    ] = None,
    calibration: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder of photos from which int8-static takes its ranges; as for 'facefit fit --calibrate'.",
        ),
    ] = None,
    bundle: BundleFolder = None,
    task: BundledTask = None,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Write a subnet as a file, run it, and hand it over only if it computes what the subnet computes."""
    kind = _format(format, out)
    precision = _precision(kind, weights, calibration)
    network, output = _load(subnet, bundle, task), Output(json)
    wanted = _outputs(outputs or ("both" if network.metadata.classes else "descriptor"))
    if kind == "pytorch":
        result = _write_pytorch(network, out, wanted, seed)
    elif kind == "onnx":
        result = export_onnx(network, out, wanted, reference=best_reference(network), seed=seed)
    else:
        with progress_bar("writing and comparing") as progress:
            network, numbers = _prepared(network, precision, calibration, seed, progress)
            result = write_tflite(
                network,
                out,
                wanted,
                depthwise7=depthwise7,
                weights=numbers,
                reference=best_reference(network),
                seed=seed,
                progress=progress,
            )
    output.line(
        f"wrote {result.file}: {result.size_bytes / 1e6:.2f} MB; largest difference to {result.reference} "
        f"{result.parity_max_abs:.2g}, smallest cosine {result.parity_cosine_min:.7f}"
    )
    output.result(result.to_json())


def _precision(kind: Format, weights: Precision | None, calibration: Path | None) -> Precision:
    """What is asked for, or the usual; raises `InputError` for options that contradict each other."""
    if kind != "tflite" and weights not in (None, "float32"):
        raise InputError(f"{weights} weights are for .tflite files; {kind} files keep float32")
    if weights == "int8-static" and calibration is None:
        raise InputError("int8-static takes its ranges from faces; give a folder of some hundreds with --calibration")
    if weights != "int8-static" and calibration is not None:
        raise InputError("--calibration is for --weights int8-static; other files need no faces: leave it out")
    return weights or "float16"


def _prepared(
    network: StaticNetwork, asked: Precision, calibration: Path | None, seed: int, progress: Report
) -> tuple[StaticNetwork, Weights | StaticInt8]:
    """The network, which from now on has met the people whose photos its ranges are of, and its number format."""
    if asked != "int8-static":
        return network, asked
    assert calibration is not None
    size, rng = network.subnet.resolution, np.random.default_rng(seed)
    faces = read_faces(calibration, size, network.metadata, rng, ENOUGH_FACES, progress)
    met = replace(network, metadata=having_met(network.metadata, faces.names))
    return met, StaticInt8(faces.images.astype(np.float32), f"images drawn from {calibration.name}")


def _format(asked: Format | None, out: Path) -> Format:
    by_ending: dict[str, Format] = {".onnx": "onnx", ".pt2": "pytorch"}
    return asked or by_ending.get(out.suffix, "tflite")


def _outputs(asked: Literal["descriptor", "probabilities", "both"]) -> tuple[Result, ...]:
    return ("descriptor", "probabilities") if asked == "both" else (asked,)


def _write_pytorch(network: StaticNetwork, out: Path, outputs: tuple[Result, ...], seed: int) -> ExportResult:
    require("torch", "train", "export to PyTorch")
    from facefit.supernet.exported import export_pytorch

    return export_pytorch(network, out, outputs, seed=seed)


def _load(path: Path, bundle: Path | None, task: str | None) -> StaticNetwork:
    if path.suffix != ".json":
        return StaticNetwork.load(path)
    parts, config = Bundle.load(bundle, task), read_json(path, "a net_config.json with ks, e and d")
    try:
        return parts.extract(subnet_from_config(parts.space, config))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
