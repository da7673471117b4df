"""What machine a figure comes from."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path


def machine() -> dict[str, object]:
    names = [line.split(":", 1)[1].strip() for line in _cpuinfo() if line.startswith("model name")]
    packages = {name: version(name) for name in ("facefit", "numpy", "ai-edge-litert")}
    return {"cpu": names[0] if names else platform.processor(), "cores": os.cpu_count(), "packages": packages}


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []
