"""Protocols by name: which images of a folder count, and as what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from facefit.errors import InputError
from facefit.faces.affectnet import affectnet_catalogue
from facefit.faces.dataset import LabelledFaces
from facefit.faces.ferplus import load_ferplus
from facefit.faces.folders import load_folder


@dataclass(frozen=True, slots=True)
class Request:
    """What a protocol reads: a folder, a part of it, and what the network wants (side in pixels, its classes)."""

    folder: Path
    split: str | None
    size: int
    classes: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class ExpressionProtocol:
    """One way of reading labelled expressions from a folder."""

    summary: str
    load: Callable[[Request], LabelledFaces]


def _ferplus_majority(request: Request) -> LabelledFaces:
    return load_ferplus(request.folder, request.split or "valid", "majority")


def _ferplus_argmax(request: Request) -> LabelledFaces:
    return load_ferplus(request.folder, request.split or "valid", "argmax")


def _affectnet(request: Request) -> LabelledFaces:
    return affectnet_catalogue(request.folder, request.split or "valid").load(request.size)


def _folder(request: Request) -> LabelledFaces:
    folder = request.folder / request.split if request.split else request.folder
    return replace(load_folder(folder, request.size, request.classes), part=request.split)


EXPRESSION_PROTOCOLS: Mapping[str, ExpressionProtocol] = MappingProxyType(
    {
        "ferplus-majority": ExpressionProtocol(
            "FER+, photos whose top class has over half of the votes (splits: train, valid, test)", _ferplus_majority
        ),
        "ferplus-argmax": ExpressionProtocol(
            "FER+, photos whose most voted class is one of the eight (splits: train, valid, test)", _ferplus_argmax
        ),
        "affectnet": ExpressionProtocol(
            "AffectNet, eight expressions by manual annotation (splits: train, valid)", _affectnet
        ),
        "folder": ExpressionProtocol("a folder per class; a split is a folder above them", _folder),
    }
)


def load_protocol(
    name: str,
    folder: Path,
    split: str | None = None,
    *,
    size: int,
    classes: tuple[str, ...] | None = None,
) -> LabelledFaces:
    """Reads the images of a protocol; `EXPRESSION_PROTOCOLS` lists them.

    `split` is 'valid' by default for FER+ and AffectNet, and a subfolder for 'folder'. `size` and `classes` are what
    the network takes (`Descriptor.input_size` and `.classes`): images of a folder are resized once, to that size,
    and a folder may lack some of the classes. Raises `InputError` for an unknown protocol, split or class, or an unfit
    folder.
    """
    protocol = EXPRESSION_PROTOCOLS.get(name)
    if protocol is None:
        raise InputError(f"protocol '{name}' is unknown; expected one of {', '.join(EXPRESSION_PROTOCOLS)}")
    return protocol.load(Request(folder, split, size, classes or None))
