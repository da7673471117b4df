"""Files are written whole or not at all, whoever else writes there."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from facefit.artifacts import check_writable, read_json, replacing, write_bytes
from facefit.errors import ArtifactError, InputError
from facefit.faces.shards import shard_files


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


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    link = tmp_path / "link"
    link.symlink_to(pipe)
    for place in (pipe, link):
        for write in (check_writable, lambda path: write_bytes(path, b"")):
            with pytest.raises(InputError, match="is a device or a pipe, not to be replaced"):
                write(place)
    assert pipe.is_fifo() and link.is_symlink()


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    link, file = tmp_path / "near.json", tmp_path / "far" / "net.json"
    link.symlink_to(file)
    for content in (b"first", b"second"):
        write_bytes(link, content)
        assert file.read_bytes() == content and link.is_symlink()
    assert os.listdir(tmp_path / "far") == ["net.json"]


def test_json_without_end_is_damaged(tmp_path: Path) -> None:
    file = tmp_path / "deep.json"
    file.write_text("[" * 100_000)
    with pytest.raises(ArtifactError, match=r"is not JSON .*; expected a thing"):
        read_json(file, "a thing")


def test_a_number_that_comes_again_protects_nothing(tmp_path: Path) -> None:
    """In a container each process may have the number that the killed one had."""
    file = tmp_path / "shard-000000.tar"
    with replacing(file) as place:
        place.write_bytes(b"half")
        left = place.with_name(place.name.replace(f"-{threading.get_ident()}", "-1"))
        left.write_bytes(b"killed")
        place.write_bytes(b"whole")
    write_bytes(file, b"again")
    assert os.listdir(tmp_path) == ["shard-000000.tar"]


def test_what_a_killed_writer_left_is_no_shard(tmp_path: Path) -> None:
    for name in ("a.tar", ".b.unfinished-here-1-1.tar"):
        (tmp_path / name).write_bytes(b"")
    assert [shard.name for shard in shard_files(tmp_path)] == ["a.tar"]


def test_a_folder_that_may_not_be_looked_into_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        write_bytes(tmp_path / ("x" * 300) / "net.json", b"")
