"""Which device a verb measures: this machine, one that ssh reaches, a phone, or a browser."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from facefit.device import Backend, Plan, Portions
from facefit.device.timing import Progress
from facefit.errors import InputError

if TYPE_CHECKING:
    from facefit.device.models import Models

TOGETHER = Portions(models=sys.maxsize, size_bytes=sys.maxsize)
"""What is to be compared must not be torn apart."""
_REMOTE_PYTHON = "python3"
SshHost: TypeAlias = Annotated[
    str | None,
    typer.Option("--ssh", metavar="HOST", help="Measure a machine that 'ssh HOST' reaches: user@host."),
]
RemotePython: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--python",
        metavar="PATH",
        help="With --ssh: Python there that has ai-edge-litert.",
        show_default=_REMOTE_PYTHON,
    ),
]
Phone: TypeAlias = Annotated[bool, typer.Option("--adb", help="Measure an Android phone that 'adb' reaches.")]
Serial: TypeAlias = Annotated[
    str | None,
    typer.Option("--serial", metavar="SERIAL", help="With --adb: which phone, if several are connected."),
]
Browser: TypeAlias = Annotated[
    bool, typer.Option("--browser", help="Measure a browser, which opens the address that is printed.")
]
BenchmarkModel: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="PATH", help="With --adb: TFLite's benchmark_model, built for the phone."),
]


@dataclass(frozen=True, slots=True)
class Target:
    """A device to measure: its name for people, how it is reached, and the models to time it with (None: the usual).

    `plan` is how much to measure, apart from the rounds. Measuring takes place inside `session`, which gives somebody
    else to tell of progress, if anybody.
    """

    name: str
    backend: Backend
    models: Models | None = None
    plan: Plan = field(default_factory=Plan)
    session: AbstractContextManager[Progress | None] = field(default_factory=nullcontext)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the command line says of the device; nothing at all means this machine.

    `browser` makes the target from threads and portions where a browser is to be measured.
    """

    ssh: str | None
    python: str | None
    adb: bool
    serial: str | None
    benchmark_model: Path | None
    browser: Callable[[int, Portions], Target] | None = None

    @property
    def is_here(self) -> bool:
        """Whether nothing at all was said."""
        return not (self.ssh or self.adb or self.serial or self.benchmark_model or self.browser or self.python)

    def target(self, threads: int, portions: Portions) -> Target:
        """The device; a distant one takes models in `portions`. `InputError` for contradictions."""
        phone = self.adb or self.serial is not None or self.benchmark_model is not None
        given = [name for name, is_given in (("ssh", self.ssh), ("adb", phone), ("browser", self.browser)) if is_given]
        if len(given) > 1:
            raise InputError(f"--{' and --'.join(given)} are given; expected one device: a machine, a phone, a browser")
        if self.python and not self.ssh:
            raise InputError(f"--python {self.python} belongs to --ssh HOST; give both, or leave it out")
        if self.browser:
            return self.browser(threads, portions)
        if self.ssh:
            return ssh_target(self.ssh, threads, self.python or _REMOTE_PYTHON, portions)
        if not phone:
            return local_target(threads)
        if self.benchmark_model is None:
            raise InputError(
                "--adb needs a program to time with; expected '--benchmark-model PATH', TFLite's benchmark_model built "
                "for the phone"
            )
        return adb_target(self.serial, threads, self.benchmark_model, portions)


def local_target(threads: int) -> Target:
    """This machine."""
    from facefit.device import LocalBackend  # loads the runtime

    return Target("this machine", LocalBackend(threads))


def ssh_target(host: str, threads: int, python: str, portions: Portions) -> Target:
    """A machine that ssh reaches."""
    from facefit.device import CompactModels, Ssh, SshBackend  # loads what makes models

    backend = SshBackend(Ssh(host), threads, python=python, portions=portions)
    return Target(host, backend, CompactModels())


def adb_target(serial: str | None, threads: int, tool: Path, portions: Portions) -> Target:
    """An Android phone; `tool` is TFLite's benchmark_model, built for it."""
    from facefit.device import Adb, AdbBackend, CompactModels

    adb = Adb(serial)
    return Target(adb.serial, AdbBackend(adb, tool, threads, portions=portions), CompactModels())
