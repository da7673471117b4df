"""`facefit export`: a subnet as a `.tflite` file that was run and compared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from facefit.artifacts import read_json
from facefit.bundle import Bundle
from facefit.cli.options import BundleFolder, Json, Seed
from facefit.cli.output import Output
from facefit.errors import InputError
from facefit.fit.parity import best_reference
from facefit.graph import export as write_tflite
from facefit.space import subnet_from_config
from facefit.weights import StaticNetwork


def export(
    subnet: Annotated[
        Path, typer.Option(metavar="FILE", help="subnet.safetensors, or a net_config.json for the bundle's SuperNet.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the .tflite file goes; its card goes beside it.")],
    outputs: Annotated[
        Literal["descriptor", "probabilities", "both"], typer.Option(help="What the file gives.")
    ] = "descriptor",
    depthwise7: Annotated[
        Literal["plain", "split"],
        typer.Option(help="Form of 7x7 depthwise; 'facefit profile' says which is faster on a device."),
    ] = "split",
    weights: Annotated[Literal["float32", "float16"], typer.Option(help="Number format of the weights.")] = "float32",
    bundle: BundleFolder = None,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Write a subnet as a .tflite file, run it, and hand it over only if it computes what the subnet computes."""
    network = _load(subnet, bundle)
    result = write_tflite(
        network,
        out,
        ("descriptor", "probabilities") if outputs == "both" else (outputs,),
        depthwise7=depthwise7,
        weights=weights,
        reference=best_reference(network),
        seed=seed,
    )
    output = Output(json)
    output.line(
        f"wrote {result.file}: {result.size_bytes / 1e6:.2f} MB; largest difference to {result.reference} "
        f"{result.parity_max_abs:.2g}, smallest cosine {result.parity_cosine_min:.7f}"
    )
    output.result(result.to_json())


def _load(path: Path, bundle: Path | None) -> StaticNetwork:
    if path.suffix != ".json":
        return StaticNetwork.load(path)
    parts, config = Bundle.load(bundle), read_json(path, "a net_config.json with ks, e and d")
    try:
        return parts.extract(subnet_from_config(parts.space, config))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
