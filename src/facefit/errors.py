"""One tree of exceptions: whoever catches `FacefitError` catches everything that facefit raises on purpose.

Every message says in one line what was seen, what was expected, and what to do.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Context, Decimal
from importlib.util import find_spec


class FacefitError(Exception):
    """Base of all errors raised on purpose; the command line prints its message and exits with code 2."""


def install_command(extra: str = "") -> str:
    """What to type to install facefit, or one of its extras, from where it can be had."""
    what = f"[{extra}]" if extra else ""
    return f"pip install 'facefit{what}', or in its source folder '.{what}'"


def at_least(amount: float, unit: float = 1.0, digits: int = 6) -> str:
    """What to give an option in units of so much so that an amount above 0 is allowed: so many digits, rounded up."""
    up = Context(prec=digits, rounding=ROUND_CEILING)
    told = up.divide(Decimal(amount), Decimal(unit))
    while float(told) * unit < amount:  # where the product of the two loses the last digit
        told = told.next_plus(up)
    return f"{told.normalize(up):f}"


def counted(n: int, singular: str, plural: str = "") -> str:
    """The number with thousands apart and its noun, which takes an s unless the plural is told: '1 photo'."""
    return f"{n:,} {singular if n == 1 else plural or f'{singular}s'}"


class InputError(FacefitError):
    """A path, image, dataset or option given by the user is wrong."""


class ArtifactError(FacefitError):
    """A file of ours is damaged, incomplete, or of a schema or space that does not fit."""


class MissingExtra(FacefitError):
    """A feature needs an optional dependency that is not installed."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs the package '{package}', which is not installed: {install_command(extra)}")


def require(package: str, extra: str, purpose: str) -> None:
    """Raises `MissingExtra` unless the package is installed."""
    if find_spec(package) is None:
        raise MissingExtra(package, extra, purpose)


class DeviceError(FacefitError):
    """A device cannot be reached, lacks what measuring needs, or stopped answering."""


class LimitError(FacefitError):
    """No subnet of the space keeps the limit."""


class ParityError(FacefitError):
    """An exported file does not compute what its source computes; the file is not handed over."""


class TrainingError(FacefitError):
    """Training cannot go on, for example because the loss is no longer finite."""


class LabellingError(FacefitError):
    """Labelling cannot go on, for example because one of its processes was killed."""
