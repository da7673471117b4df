"""Files of a comparison under the names that a table gives them, and what those of other people want to see."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from facefit.errors import InputError
from facefit.runtime import Colour, ImageForm, Layout

NUMBERS = {"pixels": 2, "mean": 3, "std": 3}
WORDS = {"layout": get_args(Layout), "colour": get_args(Colour)}


def named_file(text: str) -> tuple[str, Path]:
    """From NAME=FILE; a type for `argparse`."""
    name, _, file = text.partition("=")
    if not name or Path(file).suffix.lower() not in (".tflite", ".onnx"):
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=FILE.tflite or NAME=FILE.onnx")
    return name, Path(file)


def forms(given: Sequence[Sequence[str]], names: Sequence[str]) -> dict[str, ImageForm]:
    """What each file wants to see, from NAME and settings such as `mean=0.5,0.5,0.5`; others say it themselves.

    Raises `InputError` for a name or a setting that there is not.
    """
    found = {name: ImageForm() for name in names}
    for name, *settings in given:
        if name not in found:
            raise InputError(f"--form {name}: no file has that name; expected one of {', '.join(names)}")
        found[name] = ImageForm(**dict(map(_setting, settings)))
    return found


def _setting(text: str) -> tuple[str, Any]:
    key, _, value = text.partition("=")
    try:
        if key in NUMBERS and len(numbers := tuple(map(float, value.split(",")))) == NUMBERS[key]:
            return key, numbers
        if key == "size" and int(value) > 0:
            return key, int(value)
    except ValueError:
        pass
    if (key in WORDS and value in WORDS[key]) or (key == "output" and value):
        return key, value
    raise InputError(
        f"--form: '{text}' is no setting; expected pixels=-1,1, mean=R,G,B, std=R,G,B, size=112, layout=nchw or nhwc, "
        f"colour=rgb or bgr, output=NAME"
    )
