"""Files are written whole or not at all, whoever else writes there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from facefit.artifacts import check_writable, replacing, write_bytes
from facefit.errors import InputError


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    """The second process begins and ends while the first writes; whoever ends last has the file."""
    file = tmp_path / "shared.bin"
    second = "import sys; from pathlib import Path; from facefit.artifacts import write_bytes; "
    second += "write_bytes(Path(sys.argv[1]), b'second')"
    with replacing(file) as place:
        place.write_bytes(b"first")
        subprocess.run([sys.executable, "-c", second, str(file)], check=True)
        assert file.read_bytes() == b"second"
    assert file.read_bytes() == b"first"
    assert os.listdir(tmp_path) == ["shared.bin"]


def test_what_a_killed_writer_left_goes_with_the_next_one(tmp_path: Path) -> None:
    killed = "import os, sys; from pathlib import Path; from facefit.artifacts import replacing\n"
    killed += "with replacing(Path(sys.argv[1])): os._exit(9)"
    file = tmp_path / "net.json"
    subprocess.run([sys.executable, "-c", killed, str(file)], check=False)
    assert len(os.listdir(tmp_path)) == 1 and not file.exists()
    write_bytes(file, b"{}")
    assert os.listdir(tmp_path) == ["net.json"]


@pytest.mark.parametrize("name", ["", "."])
def test_a_folder_is_no_name_for_a_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for write in (check_writable, lambda path: write_bytes(path, b"")):
        with pytest.raises(InputError, match="is a folder; expected the name of a file"):
            write(Path(name))
