"""Training settings as data: phases of which subnets learn, and the optimiser's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from facefit.artifacts import read_bytes
from facefit.errors import InputError
from facefit.space import Family, SearchSpace, mobilefacenet, ofa_mbv3
from facefit.space.families import STRIDES

LargestUpdate = Literal["every", "alternate", "never"]
Side = Annotated[int, Field(ge=16)]


class Settings(BaseModel):
    """Refuses unknown names, so that a typo is an error and not a default."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Augmentation(Settings):
    """Ranges of random changes; see `augment`."""

    rotation_degrees: float = 15.0
    scale: float = 0.15
    shift: float = 0.08
    flip: bool = True
    brightness: float = 0.2
    contrast: float = 0.2
    erase_probability: float = 0.25


class Phase(Settings):
    """Epochs in which the same subnets learn.

    `largest` says in which steps the largest subnet learns; in the others it only teaches (or, with 'never', is
    not run). `smallest` adds the smallest subnet to each step, `random` that many random ones: all three
    together are the sandwich rule (Yu & Huang 2019). `random_depth` and `random_expand` off keep the random subnets
    at full depth and width (elastic kernels only: the first stage of progressive shrinking).
    """

    epochs: int = Field(gt=0)
    resolutions: tuple[Side, ...] = Field(min_length=1)
    largest: LargestUpdate = "every"
    smallest: bool = True
    random: int = Field(default=2, ge=0)
    random_depth: bool = True
    random_expand: bool = True
    peak_learning_rate: float = Field(default=3e-3, gt=0)
    sort_channels_first: bool = False
    batch: int = Field(default=128, gt=1)
    augmentation: Augmentation = Augmentation()


class SoftmaxSettings(Settings):
    """Cross entropy of the classifier's logits."""

    kind: Literal["softmax"] = "softmax"


class ArcFaceSettings(Settings):
    """Cross entropy of scaled cosines with an angular margin; see `ArcFaceHead`.

    The paper's scale of 64 is for tens of thousands of people; with hundreds, 30 is enough.
    """

    kind: Literal["arcface"]
    margin_radians: float = Field(default=0.5, ge=0, le=1.5)
    scale: float = Field(default=64.0, gt=0)


class TaughtSettings(Settings):
    """Descriptors like a teacher's; see `TaughtHead`. The width of the space's descriptor has to be the teacher's."""

    kind: Literal["taught"]
    temperature: float = Field(default=0.05, gt=0)
    anchors: int = Field(default=8192, ge=2)


HeadSettings = Annotated[SoftmaxSettings | ArcFaceSettings | TaughtSettings, Field(discriminator="kind")]


class Recipe(Settings):
    """Everything that shapes a training run, apart from data and seed.

    `family`, `width`, `strides` of the groups and `descriptor`, the length of a compact head, shape the search space;
    see `facefit.space.ofa_mbv3`, and `facefit.space.mobilefacenet`, which has a compact head always and no other
    strides. `shortcut_gain` is the gain of the last batch norm of blocks with a shortcut before any training: with 0
    they start as the identity (Goyal et al. 2017, section 5.1), with 1 all of them work from the first step, which
    taught more where epochs were few.
    """

    family: Family = "ofa-mbv3"
    width: float = Field(default=1.2, gt=0)
    strides: tuple[Annotated[int, Field(ge=1, le=2)], ...] = Field(
        default=STRIDES, min_length=len(STRIDES), max_length=len(STRIDES)
    )
    descriptor: int | None = Field(default=None, ge=2)
    resolutions: tuple[Side, ...] = Field(min_length=1)
    phases: tuple[Phase, ...] = Field(min_length=1)
    weight_decay: float = 0.02
    distillation: float = Field(default=0.5, ge=0, le=1)
    average_decay: float = Field(default=0.998, ge=0, lt=1)
    warmup_fraction: float = Field(default=0.05, ge=0, lt=1)
    shortcut_gain: float = Field(default=0.0, ge=0, le=1)
    head: HeadSettings = SoftmaxSettings()

    @model_validator(mode="after")
    def _shape_fits(self) -> Self:
        if self.family == "mobilefacenet" and self.descriptor is None:
            raise ValueError("family mobilefacenet has a compact head: give the length of its descriptor, such as 128")
        if self.family == "mobilefacenet" and self.strides != STRIDES:
            raise ValueError("strides belong to family ofa-mbv3")
        return self

    @model_validator(mode="after")
    def _phases_fit(self) -> Self:
        for number, phase in enumerate(self.phases, 1):
            if not set(phase.resolutions) <= set(self.resolutions):
                raise ValueError(f"phase {number} wants resolutions that are not among the recipe's")
            if phase.largest == "never" and not phase.smallest and not phase.random:
                raise ValueError(f"phase {number} trains no subnet")
        if any(list(r) != sorted(set(r)) for r in (self.resolutions, *(p.resolutions for p in self.phases))):
            raise ValueError("resolutions are not in rising order")
        return self

    def space(self, resolutions: tuple[int, ...] | None = None) -> SearchSpace:
        """What is searched, at the recipe's resolutions or at others."""
        sizes = resolutions or self.resolutions
        if self.family == "mobilefacenet" and self.descriptor is not None:
            return mobilefacenet(self.width, sizes, self.descriptor)
        return ofa_mbv3(self.width, sizes, self.descriptor, self.strides)


def load_recipe(path: Path) -> Recipe:
    """Reads a YAML recipe; raises `InputError` that names the first wrong setting."""
    try:
        return Recipe.model_validate(yaml.safe_load(read_bytes(path, "a YAML training recipe")))
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError(f"{path}: is not YAML ({' '.join(str(error).split())}); mend the recipe") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = f"setting '{'.'.join(map(str, first['loc']))}': " if first["loc"] else ""
        got = f", got {first['input']!r}" if where and first["type"] != "missing" else ""
        raise InputError(f"{path}: {where}{first['msg']}{got}; mend the recipe") from error
