"""The walls of the house: who may import what, read from the sources themselves."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import facefit

SOURCES = Path(facefit.__file__).parent
TORCH_ROOMS = {"supernet", "training", "labels"}
FLOORS = (
    {"errors", "space"},
    {"artifacts", "freed_memory", "pixels", "worker_processes"},
    {"weights", "graph", "comparator", "report"},
    {"runtime"},
    {"faces", "device", "bundle"},
    {"supernet", "search", "evaluation"},
    {"labels", "training"},
    {"fit"},
    {"app"},
    {"cli"},
    {"__main__"},
)
"""From the ground up: a room leans on its own floor and on those below."""


def room(module: Path) -> str:
    return module.relative_to(SOURCES).parts[0].removesuffix(".py")


def imports(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules() -> Iterator[tuple[Path, set[str]]]:
    for module in sorted(SOURCES.rglob("*.py")):
        if module.parent != SOURCES or module.name != "__init__.py":
            yield module, set(imports(module))


def test_only_three_rooms_import_torch() -> None:
    importing = {room(module) for module, names in modules() if any(name.split(".")[0] == "torch" for name in names)}
    assert importing == TORCH_ROOMS


def test_rooms_lean_on_lower_floors_only() -> None:
    floor = {name: i for i, names in enumerate(FLOORS) for name in names}
    for module, names in modules():
        for name in names:
            parts = name.split(".")
            if parts[0] == "facefit" and len(parts) > 1 and parts[1] != room(module):
                assert floor[parts[1]] <= floor[room(module)], f"{module} imports {name}, which is above it"


def test_rooms_lean_on_each_other_without_circles() -> None:
    leans: dict[str, set[str]] = {}
    for module, names in modules():
        rooms = {name.split(".")[1] for name in names if name.startswith("facefit.")} - {room(module)}
        leans.setdefault(room(module), set()).update(rooms)
    while leans:
        ground = {name for name, others in leans.items() if not others & leans.keys()}
        assert ground, f"circle among {sorted(leans)}"
        leans = {name: others for name, others in leans.items() if name not in ground}


def test_fitting_works_where_torch_cannot_be_imported() -> None:
    """Everything that a Raspberry Pi needs is importable with torch out of reach."""
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import facefit.app.hosting, facefit.bundle, facefit.device, facefit.evaluation, facefit.fit, facefit.graph\n"
        "import facefit.report, facefit.runtime, facefit.search\n"
        "from facefit.cli.app import VERBS, build; build(list(VERBS))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_takes_long_to_load_is_left_until_it_is_needed() -> None:
    code = (
        "import sys; from facefit.cli.app import VERBS, build; build(list(VERBS))\n"
        "print(sorted({'lightgbm', 'matplotlib', 'scipy', 'torch'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done
