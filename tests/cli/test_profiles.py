"""Profiles shown: drawn and told."""

from __future__ import annotations

import json
import re
import shlex
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest
from calls import Call
from device_profiles import made_up_profile
from PIL import Image

from facefit.bundle import Bundle
from facefit.cli.app import PARTS
from facefit.device import LocalBackend
from facefit.space import ofa_mbv3

SPACE = ofa_mbv3(resolutions=(48, 64))


@pytest.fixture
def board(tmp_path: Path) -> Path:
    path = tmp_path / "board.profile.json"
    made_up_profile(SPACE).save(path)
    return path


@pytest.mark.parametrize(("verb", "part"), [(verb, part) for verb, parts in PARTS.items() for part in parts])
def test_help_of_parts_explains_and_shows_an_example(call: Call, verb: str, part: str) -> None:
    answer = call(verb, part, "--help")
    assert answer.code == 0
    assert f"Example: {PARTS[verb][part]}" in answer.out
    _, *named = shlex.split(PARTS[verb][part])
    assert named[:2] == [verb, part]
    assert all(word in answer.out for word in named if word.startswith("--"))
    assert f" {part} " in call(verb, "--help").out


def test_shows_whose_a_profile_is_and_how_good(call: Call, board: Path, tmp_path: Path) -> None:
    answer = call("profile", "show", board, "--out", tmp_path / "board.svg")
    assert answer.code == 0
    for words in ("board, litert 2, 1 thread", "median spread 0.50 %", "median 1.00 %", "fit 0.50 %", "performance"):
        assert words in answer.out
    texts = ["".join(t.itertext()) for t in ElementTree.parse(tmp_path / "board.svg").iter() if t.tag.endswith("}text")]
    assert {"stem", "first block", "later blocks", "feature", "expand 3", "expand 6", "group 5"} <= set(texts)
    assert texts.count("5") == 2 * len(SPACE.groups)
    assert any("64 px" in text for text in texts)


def test_shows_the_circumstances_and_which_were_not_recorded(call: Call, board: Path) -> None:
    told = call("profile", "show", board).out
    assert re.search(r"governor +performance", told) and re.search(r"affinity +not recorded", told)
    identity = replace(made_up_profile(SPACE).identity, details=LocalBackend().identity().details)
    replace(made_up_profile(SPACE), identity=identity).save(board)
    told = call("profile", "show", board).out
    assert "not recorded" not in told and re.search(r"affinity +CPU \d", told) and re.search(r"load_1_minute +\d", told)


def test_draws_beside_the_profile_and_answers_in_json(call: Call, board: Path) -> None:
    facts = call("profile", "show", board, "--resolution", "48", "--json").json
    assert facts["drawing"] == str(board.with_suffix(".svg")) and Path(facts["drawing"]).exists()
    assert facts["identity"]["device"] == "board" and facts["reference_ms"] == 20.0
    assert facts["fit_error_percent"] == 0.5 and facts["fit"]["scale"] == 1.1
    assert call("profile", "show", board, "--out", board.with_suffix(".png")).code == 0
    with Image.open(board.with_suffix(".png")) as image:
        assert image.width > 1000


def test_a_profile_without_references_is_shown_too(call: Call, board: Path) -> None:
    unknown = {"references": {}, "error_median_percent": None, "error_p90_percent": None, "fit_error_percent": None}
    replace(made_up_profile(SPACE), **unknown).save(board)
    answer = call("profile", "show", board)
    assert answer.code == 0 and "unknown" in answer.out and "limits in ms only" in answer.out
    assert call("profile", "show", board, "--json").json["reference_ms"] is None


def test_mistakes_are_told_in_one_line(call: Call, board: Path, tmp_path: Path) -> None:
    call("profile").is_mistake("--out")
    call("profile", "--rounds", "2").is_mistake("--out")
    call("profile", "draw", board).is_mistake("draw")
    call("profile", "show").is_mistake("FILE")
    call("profile", "show", tmp_path / "gone.json").is_mistake("gone.json", "no such file")
    call("profile", "show", board, "--resolution", "224").is_mistake("224 px", "(48, 64)")
    call("profile", "show", board, "--out", tmp_path / "board.pdf").is_mistake(".svg or .png")
    board.write_text(json.dumps({"schema": "facefit.card/1"}))
    call("profile", "show", board).is_mistake("facefit.card/1", "profile the device anew")


def test_a_lookup_table_goes_out_and_comes_in(call: Call, board: Path, tmp_path: Path) -> None:
    table, again = tmp_path / "table.txt", tmp_path / "again.json"
    answer = call("profile", "export", board, "--out", table)
    assert answer.code == 0 and "split" in answer.out and "wrote" in answer.out
    sizes = ("--resolution", "64", "--resolution", "48")
    facts = call("profile", "import", table, "--device", "board", *sizes, "--out", again, "--json").json
    assert facts["file"] == str(again) and facts["entries"] == len(made_up_profile(SPACE).entries)
    assert call("profile", "show", again).code == 0
    call("profile", "import", table, "--device", "board", "--out", tmp_path / "no.json").is_mistake("lacks", "224")
    call("profile", "import", table, "--out", tmp_path / "no.json").is_mistake("--device")
    assert not (tmp_path / "no.json").exists()


def test_a_lookup_table_comes_in_for_the_space_of_a_supernet(call: Call, tmp_path: Path) -> None:
    table, again, space = tmp_path / "table.txt", tmp_path / "again.json", Bundle.load().space
    made_up_profile(space).save(tmp_path / "board.json")
    call("profile", "export", tmp_path / "board.json", "--out", table)
    facts = call("profile", "import", table, "--device", "board", "--task", "expression", "--out", again, "--json").json
    assert facts["space"] == space.name
    assert call("search", "--profile", again, "--limit", "2ms").code == 0
    command = ("profile", "import", table, "--device", "board", "--out", tmp_path / "no.json")
    call(*command, "--task", "identity", "--width", "1").is_mistake("--width", "--task", "leave one or the other out")
    call(*command, "--bundle", tmp_path).is_mistake("supernet.safetensors")
    assert not (tmp_path / "no.json").exists()


def test_devices_that_cannot_be_reached_leave_nothing(
    call: Call, bundle_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    given, tool = ("--bundle", bundle_folder, "--out", tmp_path / "p.json"), tmp_path / "benchmark_model"
    call("profile", *given, "--ssh", "-oProxyCommand=x").is_mistake("expected user@host")
    call("profile", *given, "--ssh", "pi@board").is_mistake("no 'ssh' here")
    call("profile", *given, "--ssh", "pi@board", "--adb").is_mistake("--ssh and --adb")
    call("profile", *given, "--adb").is_mistake("--benchmark-model")
    call("profile", *given, "--python", "python3").is_mistake("--python python3 belongs to --ssh HOST")
    call("profile", *given, "--serial", "A1", "--benchmark-model", tool).is_mistake("no 'adb' here")
    assert list(tmp_path.glob("p.json*")) == []
