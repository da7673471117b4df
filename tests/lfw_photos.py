"""Where real photos are, for tests that need them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def lfw_folder() -> Path:
    """LFW's folder below the one that FACEFIT_DATA names; skips the test if there is none."""
    folder = Path(os.environ.get("FACEFIT_DATA", "")) / "lfw"
    if "FACEFIT_DATA" not in os.environ or not folder.is_dir():
        pytest.skip("FACEFIT_DATA names no folder with lfw/ in it: no photos of faces here")
    return folder
