"""Options that may stand without a value, which Typer has no way to say."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, ClassVar

from typer.core import TyperCommand


class OptionalValues(TyperCommand):
    """A command of which some options mean a value of their own where none follows: at the end, or before an option."""

    alone: ClassVar[Mapping[str, str]] = {}

    # The class of contexts is Typer's own or Click's, by the version of Typer.
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, completed(args, self.alone))


def completed(arguments: list[str], alone: Mapping[str, str]) -> list[str]:
    """The arguments with a value after each option of `alone` that has none; what follows '--' is left as it is."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    given: list[str] = []
    for argument, following in pairwise([*arguments[:end], "-"]):
        given.append(argument)
        if argument in alone and following.startswith("-"):
            given.append(alone[argument])
    return given + arguments[end:]
