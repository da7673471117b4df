"""Files of tensors: their header alone, and what is told of damage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from facefit.errors import ArtifactError, InputError
from facefit.weights.tensor_file import read_header, read_tensors, write_tensors

KIND = "facefit.test"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "some.safetensors"
    write_tensors(path, KIND, {"about": [1, "two"]}, {"a": np.ones((2, 3), np.float16), "b": np.zeros(5, np.float32)})
    return path


def test_the_header_alone_is_the_one_beside_the_tensors(file: Path) -> None:
    header, tensors = read_tensors(file, KIND)
    alone = read_header(file, KIND)
    assert alone.pop("sha256") and alone == header == {"about": [1, "two"], "kind": KIND, "schema": 1}
    assert tensors["a"].dtype == np.float32 and tensors["a"].shape == (2, 3)


@pytest.mark.parametrize("read", [read_header, read_tensors])
def test_what_is_not_whole_or_of_another_kind_is_told(file: Path, read: object) -> None:
    assert callable(read)
    whole = file.read_bytes()
    for damaged in (
        b"",
        b"123",
        whole[:40],
        whole[:-1],
        whole + b"0",
        b"\xff" * 8 + whole[8:],
        np.random.default_rng(0).bytes(4000),
    ):
        file.write_bytes(damaged)
        with pytest.raises(ArtifactError, match=r"not a whole facefit .safetensors file"):
            read(file, KIND)
    file.write_bytes(whole)
    with pytest.raises(ArtifactError, match=r"is a facefit.test of schema 1; expected a facefit.other"):
        read(file, "facefit.other")
    with pytest.raises(InputError, match="gone"):
        read(file.parent / "gone", KIND)


def test_changed_numbers_are_found_where_they_are_read(file: Path) -> None:
    whole = bytearray(file.read_bytes())
    whole[-1] ^= 1
    file.write_bytes(bytes(whole))
    assert read_header(file, KIND)["about"] == [1, "two"]
    with pytest.raises(ArtifactError, match="is damaged"):
        read_tensors(file, KIND)
