"""Options that several verbs share, so that they mean and say the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from facefit.bundle import Ranking
from facefit.cli.output import Json as Json
from facefit.runtime.image_form import Colour, Layout

Seed: TypeAlias = Annotated[int, typer.Option(min=0, help="Seed of everything random.")]
ExcludePeople: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE",
        help="Identity: people not to learn from, a name a line; may be given again. LFW's 596 are left out besides, "
        "unless the list is empty.",
    ),
]
MemoryLimit: TypeAlias = Annotated[
    float,
    typer.Option(
        "--memory-limit", min=0, metavar="GIB", help="Photos that need more memory are read while they are used."
    ),
]
Threads: TypeAlias = Annotated[int, typer.Option(min=1, help="Threads that the runtime uses.")]
Pixels: TypeAlias = Annotated[
    tuple[float, float],
    typer.Option(
        "--pixels", metavar="BLACK WHITE", help="What a file that facefit did not export takes for black and white."
    ),
]
Mean: TypeAlias = Annotated[
    tuple[float, float, float] | None,
    typer.Option("--mean", metavar="R G B", help="What a foreign file wants taken off RGB in 0..1 (default: nothing)."),
]
Std: TypeAlias = Annotated[
    tuple[float, float, float] | None,
    typer.Option("--std", metavar="R G B", help="What it wants the rest divided by (default: 1 1 1)."),
]
ForeignLayout: TypeAlias = Annotated[
    Layout | None, typer.Option("--layout", help="Layout of its input, where the shape does not tell.")
]
ForeignSize: TypeAlias = Annotated[
    int | None,
    typer.Option("--size", min=1, metavar="PIXELS", help="Side of the images it gets, where it takes any size."),
]
ForeignColour: TypeAlias = Annotated[Colour, typer.Option("--colour", help="Order of the colours it wants.")]
ForeignOutput: TypeAlias = Annotated[
    str | None,
    typer.Option("--output", metavar="NAME", help="Which output describes faces, where it has several."),
]
MinFace: TypeAlias = Annotated[
    int,
    typer.Option(
        min=12,
        metavar="PIXELS",
        help="Smallest face looked for, in a photo shrunk to 600 pixels across and 4 megapixels.",
    ),
]
ViewOfFaces: TypeAlias = Annotated[
    Literal["aligned", "cropped"] | None,
    typer.Option("--view", help="How faces are shown to the network (default: as its card says, or aligned)."),
]
Host: TypeAlias = Annotated[
    str, typer.Option(metavar="ADDRESS", help="Address to listen at; 127.0.0.1 lets nobody else in.")
]
Port: TypeAlias = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen at; 0 is any free one.")]
Https: TypeAlias = Annotated[
    bool, typer.Option("--https", help="Serve https with a certificate of your own, which phones ask for their camera.")
]
BundledTask: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--task",
        help="What networks are for: 'expression' or 'identity' (default: that of --bundle; without one, expression).",
    ),
]
BundleFolder: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--bundle",
        metavar="DIR",
        help="Folder of a training run with its SuperNet, statistics and comparator (default: the bundled one).",
    ),
]
FinalistFaces: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--finalists",
        metavar="DIR",
        help="The faces that the SuperNet was trained on: measures the best few on the search split and chooses among "
        "them (extra 'train').",
    ),
]
RankedBy: TypeAlias = Annotated[
    Ranking,
    typer.Option(
        "--surrogate",
        help="What ranks subnets: 'accuracy' predicts how accurate each is; 'comparator' says which of two is better; "
        "'concatenating' does so exactly as in the paper.",
    ),
]
MaxParameters: TypeAlias = Annotated[
    float | None, typer.Option("--max-parameters", help="At most so many parameters, e.g. 5e6.")
]
MaxMacs: TypeAlias = Annotated[
    float | None, typer.Option("--max-macs", help="At most so many multiply-accumulates, e.g. 50e6.")
]
MaxMegabytes: TypeAlias = Annotated[
    float | None, typer.Option("--max-megabytes", help="At most so large a .tflite file, e.g. 14.")
]
USUAL_LIMIT = "0.6x"
_LIMIT = "Greatest latency: '12ms', or '0.6x' of EfficientNet-B0 at the SuperNet's largest resolution."
Limit: TypeAlias = Annotated[str, typer.Option(metavar="LIMIT", help=_LIMIT)]
Limits: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        metavar="LIMIT",
        help=f"{_LIMIT} With several profiles: one for all, or one for each.",
        show_default=USUAL_LIMIT,
    ),
]
