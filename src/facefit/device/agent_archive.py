"""The agent as one file that Python runs: the very modules that time this machine, without the rest of facefit."""

from __future__ import annotations

import io
import zipfile
from importlib.resources import files

_MODULES = (
    "errors",
    "space.layers",
    "graph.computed",
    "graph.interpreter",
    "device.intervals",
    "device.timing",
    "device.backend",
    "device.circumstances",
    "device.local",
    "device.agent",
)


def agent_archive() -> bytes:
    """A zip that `python3 FILE TASK` runs; the same bytes for the same sources."""
    packages = {"", *(f"{module.partition('.')[0]}/" for module in _MODULES if "." in module)}
    content = {f"facefit/{package}__init__.py": b"" for package in sorted(packages)}
    for module in _MODULES:
        path = f"{module.replace('.', '/')}.py"
        content[f"facefit/{path}"] = files("facefit").joinpath(path).read_bytes()
    content["__main__.py"] = files("facefit").joinpath("device/agent_start.py").read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()
