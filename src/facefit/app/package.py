"""The page as a folder of plain files, with detector and networks in it: what the Android app shows.

python -m facefit.app.package FOLDER [DESCRIPTOR ...]
"""

from __future__ import annotations

import gzip
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from facefit.app.detector_files import detector_files
from facefit.app.headers import POLICY
from facefit.app.networks import Network, Networks
from facefit.app.offline import WORKER
from facefit.app.site_files import SITE
from facefit.app.supernets import served_supernets
from facefit.artifacts import read_json, write_bytes
from facefit.bundle import TASKS
from facefit.errors import FacefitError, InputError
from facefit.graph.card import card_beside

_LEFT_OUT = "-largest"
"""How names of networks end that a phone with no computer near has no use for: it would only compare with them."""


def package_page(folder: Path, networks: Sequence[Network]) -> None:
    """Fills an empty folder; the addresses of the server become files, and a list the `index.json` of its folder.

    Raises `InputError` if the folder holds anything.
    """
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder}: is not empty; expected a new folder")
    for path in SITE.rglob("*"):
        if path.is_file() and path.name != WORKER:
            _copy(path, folder / path.relative_to(SITE))
    for name, data in detector_files().items():
        write_bytes(_below(folder, f"detector/{name}.tflite"), data)
    for network in networks:
        shutil.copy(network.file, _below(folder, f"api/models/{network.name}"))
    listed = {"models": [network.to_json() for network in networks]}
    write_bytes(_below(folder, "api/models/index.json"), json.dumps(listed).encode())
    page = folder / "index.html"
    rule = f'<meta charset="utf-8" />\n    <meta http-equiv="Content-Security-Policy" content="{_policy()}" />'
    page.write_text(page.read_text().replace('<meta charset="utf-8" />', rule, 1))


def packaged_networks(scratch: Path, descriptors: Sequence[Path] = ()) -> list[Network]:
    """Fitted networks, at most one for a task, and those that come with facefit.

    Raises `InputError` for a network for no known task or a second one for the same, `ArtifactError` for one whose card
    is missing or damaged.
    """
    fitted: dict[str, Network] = {}
    for file in descriptors:
        card = read_json(card_beside(file), "the card of the exported file")
        task = card.get("task")
        if task not in TASKS or task in fitted:
            raise InputError(f"{file}: is for the task '{task}'; expected one network for each of {', '.join(TASKS)}")
        fitted[task] = Network(f"{task}-fitted", f"fitted ({file.name})", "fitted", file, card)
    made = Networks(served_supernets(), scratch).made
    return [*fitted.values(), *(network for network in made if not network.name.endswith(_LEFT_OUT))]


def _policy() -> str:
    """Without what a page cannot say of itself."""
    return "; ".join(rule for rule in POLICY.split("; ") if not rule.startswith("frame-ancestors"))


def _copy(source: Path, target: Path) -> None:
    if source.suffix == ".gz":
        write_bytes(_made(target.with_suffix("")), gzip.decompress(source.read_bytes()))
    else:
        shutil.copy(source, _made(target))


def _below(folder: Path, name: str) -> Path:
    return _made(folder / name)


def _made(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def _main(arguments: list[str]) -> int:
    if not arguments:
        print("usage: python -m facefit.app.package FOLDER [DESCRIPTOR ...]", file=sys.stderr)
        return 2
    folder, *descriptors = map(Path, arguments)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            package_page(folder, packaged_networks(Path(scratch), descriptors))
    except FacefitError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
