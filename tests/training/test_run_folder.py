"""Where a run is to be kept is looked at before any photo is."""

from __future__ import annotations

from pathlib import Path

import pytest
from lessons import noise_folders, write_recipe

from facefit.cli import main


def test_a_folder_that_cannot_be_written_is_told_of_before_photos_are_read(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Reading millions of them takes hours."""
    photos, recipe = noise_folders(tmp_path / "photos"), write_recipe(tmp_path / "small.yaml")
    (tmp_path / "file").touch()
    arguments = ("train", "--data", photos, "--recipe", recipe, "--out", tmp_path / "file" / "run")
    assert main([str(argument) for argument in arguments]) == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert "run: cannot be written" in line


def test_a_call_with_wrong_photos_leaves_no_folder_behind(tmp_path: Path) -> None:
    assert main(["train", "--data", str(tmp_path / "none"), "--out", str(tmp_path / "run")]) == 2
    assert not (tmp_path / "run").exists()
