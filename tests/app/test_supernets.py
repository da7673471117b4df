"""Which SuperNets a page gets its networks from."""

from __future__ import annotations

from pathlib import Path

import pytest

from facefit.app.supernets import served_supernets
from facefit.bundle import TASKS, Bundle
from facefit.errors import InputError


@pytest.mark.parametrize("task", TASKS)
def test_one_that_is_given_replaces_the_bundled_one_of_its_task(tiny_supernets: dict[str, Bundle], task: str) -> None:
    served = served_supernets(tiny_supernets[task].folder)
    assert tuple(served) == TASKS and served[task].folder == tiny_supernets[task].folder
    assert all(bundle.metadata.task == name for name, bundle in served.items())
    (other,) = set(TASKS) - {task}
    assert served[other].folder == Bundle.load(task=other).folder


def test_a_folder_without_a_supernet_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected the folder of a training run"):
        served_supernets(tmp_path)
