"""The README's own commands run, and its Python too."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

README = Path(__file__).parents[1] / "README.md"


def blocks(language: str, page: Path = README) -> list[str]:
    """Contents of the fenced blocks of one language; `""` means those without one."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    return [content for name, content in fenced if name == language]


def commands_in(block: str) -> list[list[str]]:
    lines = [part.strip() for line in block.splitlines() for part in line.split("&&")]
    return [shlex.split(line, comments=True) for line in lines if line.startswith("facefit")]


def facefit_commands(language: str) -> list[list[str]]:
    return [command for block in blocks(language) for command in commands_in(block)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readme")


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-c", "import sys; from facefit.cli import main; sys.exit(main())", *command[1:]]
    return subprocess.run(program, cwd=folder, capture_output=True, text=True, timeout=400, check=False)


def test_readme_has_commands_to_run() -> None:
    verbs = {command[1] for command in facefit_commands("bash") if len(command) > 1}
    assert {"fit", "doctor", "profile", "search", "bench"} <= verbs


def test_commands_that_need_no_faces(folder: Path) -> None:
    def run_block(block: str) -> None:
        for command in commands_in(block):
            done = run(command if len(command) > 1 else [*command, "fit"], folder)
            assert done.returncode == 0, f"{shlex.join(command)}: {done.stderr[-2000:]}"

    with ThreadPoolExecutor(2) as at_once:  # no block needs what another writes, and each measures for a minute
        list(at_once.map(run_block, blocks("bash")))
    for block in blocks("python"):
        done = subprocess.run([sys.executable, "-c", block], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]


def test_evaluation_on_real_faces(folder: Path) -> None:
    if "FACEFIT_DATA" not in os.environ:
        pytest.skip("FACEFIT_DATA is not set: no FER+ photos here")
    if not (folder / "facefit-run" / "descriptor.tflite").exists():
        pytest.skip("the commands before this one left no descriptor")
    (command,) = [c for c in facefit_commands("") if c[1] == "evaluate"]
    data = Path(os.environ["FACEFIT_DATA"]) / "ferplus"
    done = run([str(data) if word == "ferplus" else word for word in command] + ["--json"], folder)
    assert done.returncode == 0, done.stderr[-2000:]
    assert '"n": 3199' in done.stdout.splitlines()[-1]


def test_other_commands_are_documented_verbs() -> None:
    from facefit.cli.app import VERBS

    mentioned = {command[1] for language in ("", "bash") for command in facefit_commands(language) if len(command) > 1}
    assert mentioned == set(VERBS)


def test_python_in_the_docs_names_what_there_is() -> None:
    """Other pages' blocks need photos and files of the reader's: their imports run, the rest is compiled."""
    for page in README.parent.glob("docs/*.md"):
        for block in blocks("python", page):
            compile(block, page.name, "exec")
            exec("\n".join(line for line in block.splitlines() if line.startswith(("import ", "from "))), {})


def test_links_lead_somewhere() -> None:
    for page in [README, *README.parent.glob("docs/*.md"), *README.parent.glob("benchmarks/*.md")]:
        for target in re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
