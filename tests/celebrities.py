"""Some photos of real people, for tests that need faces which are found."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from facefit.faces.dataset import in_search_split


def link_people(root: Path, learnt: int = 16, held_out: int = 14, photos: int = 6) -> Path:
    """Links to photos of people to learn from and of people who are held out; skips the test if there are none."""
    folder = Path(os.environ.get("FACEFIT_DATA", "none")) / "celeb-faces"
    if not folder.is_dir():
        pytest.skip("FACEFIT_DATA names no folder with celeb-faces/ in it: no photos of people here")
    everybody = sorted(p for p in folder.iterdir() if len(list(p.iterdir())) >= photos)
    held = [p for p in everybody if in_search_split(p.name)][:held_out]
    for person in [p for p in everybody if not in_search_split(p.name)][:learnt] + held:
        (root / person.name).mkdir()
        for photo in sorted(person.iterdir())[:photos]:
            (root / person.name / photo.name).symlink_to(photo)
    return root
