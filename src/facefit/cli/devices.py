"""Which device a verb measures: this machine, one that ssh reaches, or a phone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from facefit.device import Adb, AdbBackend, Backend, CompactModels, Portions, Ssh, SshBackend
from facefit.device.local import LocalBackend
from facefit.device.models import Models
from facefit.errors import InputError

SshHost: TypeAlias = Annotated[
    str | None,
    typer.Option("--ssh", metavar="HOST", help="Measure a machine that 'ssh HOST' reaches: user@host."),
]
RemotePython: TypeAlias = Annotated[
    str, typer.Option("--python", metavar="PATH", help="With --ssh: Python there that has ai-edge-litert.")
]
Phone: TypeAlias = Annotated[bool, typer.Option("--adb", help="Measure an Android phone that 'adb' reaches.")]
Serial: TypeAlias = Annotated[
    str | None,
    typer.Option("--serial", metavar="SERIAL", help="With --adb: which phone, if several are connected."),
]
BenchmarkModel: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="PATH", help="With --adb: TFLite's benchmark_model, built for the phone."),
]


@dataclass(frozen=True, slots=True)
class Target:
    """A device to measure: its name for people, how it is reached, and the models to time it with (None: the usual)."""

    name: str
    backend: Backend
    models: Models | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What the command line says of the device; nothing at all means this machine."""

    ssh: str | None
    python: str
    adb: bool
    serial: str | None
    benchmark_model: Path | None

    def target(self, threads: int, portions: Portions) -> Target:
        """The device; a distant one takes models in `portions`. `InputError` for contradictions."""
        phone = self.adb or self.serial is not None or self.benchmark_model is not None
        if self.ssh and phone:
            raise InputError("--ssh and --adb are given; expected one device: a machine or a phone")
        if self.ssh:
            return ssh_target(self.ssh, threads, self.python, portions)
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
    return Target("this machine", LocalBackend(threads))


def ssh_target(host: str, threads: int, python: str, portions: Portions) -> Target:
    """A machine that ssh reaches."""
    backend = SshBackend(Ssh(host), threads, python=python, portions=portions)
    return Target(host, backend, CompactModels())


def adb_target(serial: str | None, threads: int, tool: Path, portions: Portions) -> Target:
    """An Android phone; `tool` is TFLite's benchmark_model, built for it."""
    adb = Adb(serial)
    return Target(adb.serial, AdbBackend(adb, tool, threads, portions=portions), CompactModels())
