"""What all verbs have in common."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from importlib.metadata import requires
from itertools import pairwise

import pytest
from calls import Call

from facefit.cli.app import VERBS
from facefit.cli.doctor import PACKAGES

UNSEEDED = {"match", "doctor"}
"""Verbs with nothing random in them."""


@pytest.mark.parametrize("verb", VERBS)
def test_help_explains_and_shows_an_example(call: Call, verb: str) -> None:
    answer = call(verb, "--help")
    assert answer.code == 0
    assert f"Example: {VERBS[verb]}" in answer.out
    assert "--json" in answer.out
    assert ("--seed" in answer.out) == (verb not in UNSEEDED)


@pytest.mark.parametrize("verb", VERBS)
def test_paragraphs_of_help_fill_the_terminal(call: Call, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line ends only where the next word would not fit."""
    monkeypatch.setenv("COLUMNS", "80")
    prose = [line.rstrip() for line in call(verb, "--help").out.partition("╭")[0].splitlines()]
    for line, following in pairwise(prose):
        if line and following:
            assert len(line) + len(f" {following.split()[0]}") > 79, line


@pytest.mark.parametrize("verb", VERBS)
def test_examples_use_options_that_exist(call: Call, verb: str) -> None:
    _, name, *words = shlex.split(VERBS[verb])
    assert name == verb
    offered = call(verb, "--help").out
    assert all(word in offered for word in words if word.startswith("--"))


def test_without_a_verb_all_are_listed(call: Call) -> None:
    answer = call()
    assert answer.code == 0
    assert all(f" {verb} " in answer.out for verb in VERBS)


def test_unknown_verbs_and_options_are_mistakes(call: Call) -> None:
    call("fitt").is_mistake("fitt")
    call("doctor", "--loud").is_mistake("--loud")
    call("export").is_mistake("--subnet")


def test_doctor_tells_what_is_there(call: Call) -> None:
    answer = call("doctor")
    assert answer.code == 0 and "ai-edge-litert" in answer.out
    facts = call("doctor", "--json").json
    assert facts["packages"]["numpy"] and facts["machine"]["cpus"]


def test_doctor_knows_all_that_the_distribution_asks_for() -> None:
    asked: set[tuple[str, str]] = set()
    for requirement in requires("facefit") or []:
        name = re.split(r"[^\w-]", requirement)[0].lower()
        asked |= {(name, extra) for extra in re.findall(r"extra == '(\w+)'", requirement) or [""]}
    known = {(package.name.lower(), package.extra) for package in PACKAGES}
    assert known <= asked and {name for name, _ in known} == {name for name, extra in asked if extra != "dev"}


def test_doctor_says_what_to_do_about_a_missing_package(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import PackageNotFoundError, version

    def without_torch(name: str) -> str:
        if name == "torch":
            raise PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr("facefit.cli.doctor.version", without_torch)
    answer = call("doctor")
    assert answer.code == 0
    assert "pip install 'facefit[train]'" in answer.out


def test_json_goes_to_standard_output_alone(call: Call) -> None:
    answer = call("doctor", "--json")
    assert json.loads(answer.out) and "Python" in answer.err


@pytest.mark.parametrize("broken", ["PIL", "numpy", "ai_edge_litert", "lightgbm"])
def test_doctor_outlives_what_it_reports(broken: str) -> None:
    """In a process of its own, where the package can be found but not loaded."""
    code = f"import sys; sys.modules['{broken}'] = None\n"
    code += "from facefit.cli import main; sys.exit(main(['doctor', '--json']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert any(broken in line for line in json.loads(done.stdout)["advice"])
