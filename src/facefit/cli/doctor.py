"""`facefit doctor`: what is installed, what is missing, and how this machine is disposed."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from facefit.cli.output import Json, Output
from facefit.errors import FacefitError, install_command

_BUSY_LOAD = 0.3
"""Load per processor above which latencies suffer."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package that facefit uses: the extra it comes with ('' is the base install), and what for."""

    name: str
    extra: str
    purpose: str


PACKAGES = (
    Package("ai-edge-litert", "", "runs and times networks"),
    Package("flatbuffers", "", "writes .tflite files"),
    Package("jinja2", "", "writes the report"),
    Package("lazy-loader", "", "loads parts when they are used"),
    Package("lightgbm", "", "compares subnets"),
    Package("markupsafe", "", "keeps what the report shows from being taken for HTML"),
    Package("matplotlib", "", "draws the report's figures"),
    Package("numpy", "", "arrays"),
    Package("pillow", "", "reads images"),
    Package("pyarrow", "", "reads and writes labels"),
    Package("pydantic", "", "checks recipes"),
    Package("pyyaml", "", "reads recipes"),
    Package("rich", "", "progress bars"),
    Package("safetensors", "", "reads and writes weights"),
    Package("typer", "", "this command line"),
    Package("starlette", "app", "serves the app, and measures browsers"),
    Package("uvicorn", "app", "serves the app"),
    Package("cryptography", "app", "certificates for 'facefit app --https'"),
    Package("segno", "app", "QR codes in the terminal"),
    Package("onnx", "onnx", "writes .onnx files"),
    Package("onnxruntime", "onnx", "runs and compares .onnx files"),
    Package("ipykernel", "notebook", "the kernel of the notebook that judges descriptors"),
    Package("nbclient", "notebook", "runs that notebook from a script"),
    Package("ray", "scale", "labels on a cluster"),
    Package("tensorboardX", "tensorboard", "writes metrics for TensorBoard"),
    Package("lightning-fabric", "train", "trains on several processes and GPUs"),
    Package("torch", "train", "trains, labels, calibrates; compares exports with PyTorch"),
    Package("numba", "train", "compiles what trains on CPUs"),
)
"""All that the distribution asks for, apart from what develops it."""


def doctor(json: Json = False) -> None:
    """Say what is installed, what is missing and what to do about it, and whether this machine is fit for timing."""
    output = Output(json)
    versions = {package.name: _version(package.name) for package in PACKAGES}
    machine = _machine()
    advice = [*_missing(versions), *_bundled(versions), *_disturbed(machine)]
    output.line(f"facefit {_version('facefit') or '(not installed, run from its source)'}, Python {machine['python']}")
    for package in PACKAGES:
        where = f"extra '{package.extra}'" if package.extra else "base"
        absent = "not here" if package.extra else "MISSING"
        output.line(f"  {package.name:<16} {versions[package.name] or absent:<12} {where:<19} {package.purpose}")
        if package.extra and versions[package.name] is None:
            output.line(f"  {'':<16} if you want that: {install_command(package.extra)}")
    for name, value in machine.items():
        output.line(f"  {name:<16} {value}")
    for line in advice or ["all is well: try 'facefit fit'"]:
        output.line(line)
    output.result({"facefit": _version("facefit"), "packages": versions, "machine": machine, "advice": advice})


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _machine() -> dict[str, str]:
    found = {"python": platform.python_version(), "system": platform.platform(), "cpus": str(os.cpu_count())}
    if hasattr(os, "sched_getaffinity"):
        found["usable_cpus"] = str(len(os.sched_getaffinity(0)))
    try:
        from facefit.device import LocalBackend

        identity = LocalBackend().identity()
    except (ImportError, OSError) as error:
        return found | {"runtime": f"cannot be loaded ({error})"}
    return found | {"processor": identity.device, **identity.details}


def _missing(versions: dict[str, str | None]) -> list[str]:
    """Packages of the base install that are not there; extras are a choice."""
    return [
        f"{package.name} is missing ({package.purpose}): {install_command()}"
        for package in PACKAGES
        if not package.extra and versions[package.name] is None
    ]


def _bundled(versions: dict[str, str | None]) -> list[str]:
    """What is wrong with the SuperNets that come with the package."""
    if any(versions[package.name] is None for package in PACKAGES if not package.extra):
        return []
    try:
        from facefit.bundle import TASKS, Bundle
    except (ImportError, OSError) as error:
        return [f"a package cannot be loaded ({error}): {install_command()}"]
    lines = _unloadable()
    for task in TASKS:
        try:
            Bundle.load(task=task).check_complete()
        except (FacefitError, ImportError, OSError) as error:
            lines.append(f"the bundled SuperNet for '{task}' cannot be used ({error}): {install_command()}")
    return lines


def _unloadable() -> list[str]:
    """LightGBM, which no fit needs, but what learns from labels does: installed is not loadable, without libgomp."""
    try:
        import lightgbm  # noqa: F401
    except (ImportError, OSError) as error:
        return [f"lightgbm cannot be loaded ({error}), so 'facefit compare' cannot learn: {install_command()}"]
    return []


def _disturbed(machine: dict[str, str]) -> list[str]:
    """What rules out or would spoil latencies on this machine."""
    if "runtime" in machine:
        return [f"the runtime {machine['runtime']}: {install_command()}"]
    from facefit.device.circumstances import UNKNOWN

    known = {name: value for name, value in machine.items() if value != UNKNOWN}
    lines, load = [], float(known.get("load_1_minute", 0))
    if load > _BUSY_LOAD * (os.cpu_count() or 1):
        lines.append(f"other programs keep this machine busy (load {load:.2f}): stop them before 'facefit profile'")
    governor = known.get("governor", "performance")
    if governor != "performance":
        lines.append(f"the clock governor is '{governor}': 'sudo cpupower frequency-set -g performance' steadies it")
    return lines
