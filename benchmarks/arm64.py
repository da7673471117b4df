"""Whether an arm64 machine computes what this one computes: the agent and exported files under emulation.

Correctness only: emulated latencies mean nothing. `arm64_root.sh FOLDER` makes the arm64 Python; QEMU's user emulation
runs it (Debian: `apt install qemu-user-static`).
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from machine import machine
from numpy.typing import NDArray

from facefit.bundle import Bundle
from facefit.device.agent_archive import agent_archive
from facefit.device.portions import model_key
from facefit.graph import LoadedModel, StaticInt8, emit_static_int8, emit_tflite, layer_graph, network_graph
from facefit.graph.forms import Output
from facefit.graph.parity import random_images
from facefit.space import Block, Subnet

PROCESSORS = {"cortex-a72": "0xd08", "cortex-a76": "0xd0b"}
"""Those of the Raspberry Pi 4 and 5 with their part numbers; the second one has dot products of int8."""
CPUINFO = """processor\t: 0
Features\t: {features}
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x0
CPU part\t: {part}
CPU revision\t: 3
"""
FEATURES = "fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid"
OUTPUTS: tuple[Output, ...] = ("descriptor", "probabilities")
RUN_THERE = """
import json, platform, sys
from pathlib import Path
import numpy as np
from facefit.graph.interpreter import LoadedModel
folder = Path(sys.argv[1])
given = np.load(folder / "images.npz")
for file in sorted(folder.glob("*.tflite")):
    model = LoadedModel(file.read_bytes(), name=file.name)
    rows = [model.run(image=image[None]) for image in given["images"]]
    np.savez(folder / f"{file.stem}.answers.npz", **{k: np.concatenate([row[k] for row in rows]) for k in rows[0]})
    print(json.dumps({"file": file.name, "whole": model.delegation().whole, "machine": platform.machine()}), flush=True)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="folder that arm64_root.sh filled")
    parser.add_argument("--qemu", default="qemu-aarch64-static")
    parser.add_argument("--images", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng, bundle = np.random.default_rng(args.seed), Bundle.load()
    layers = bundle.space.layers(bundle.space.largest)[:6]
    models = {layer.name: emit_tflite(layer_graph(layer)) for layer in layers}
    found = {}
    for processor in PROCESSORS:
        with tempfile.TemporaryDirectory() as name:
            archive = Path(name) / "agent.pyz"
            archive.write_bytes(agent_archive())
            python = Emulated(args.qemu, processor, args.root / "root", archive)
            compared = compare_files(python, bundle, args.images, rng)
            identity, timed = ask_agent(python, models)
        found[processor] = {"agent_identity": identity, "agent_passes": timed, "files": compared}
    print(json.dumps({"seed": args.seed, "images": args.images, "machine": machine(), "emulated": found}))


class Emulated:
    """An arm64 Python with numpy and ai-edge-litert, and the agent's modules on its path."""

    def __init__(self, qemu: str, processor: str, root: Path, archive: Path) -> None:
        describe(root, processor)
        self._command = [qemu, "-cpu", processor, "-L", str(root), str(root / "usr/bin/python3")]
        self._environment = os.environ | {"PYTHONPATH": f"{root / 'packages'}{os.pathsep}{archive}"}
        self.archive = archive

    def run(self, *arguments: object, question: object = None) -> list[dict[str, Any]]:
        """Lines of JSON that it prints."""
        done = subprocess.run(
            [*self._command, *map(str, arguments)],
            input=json.dumps(question),
            capture_output=True,
            text=True,
            env=self._environment,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"the emulated Python ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]


def describe(root: Path, processor: str) -> None:
    """What Linux would say of the processor: otherwise the runtime reads this machine's, and crashes."""
    features = FEATURES + (" atomics fphp asimdhp asimddp" if processor == "cortex-a76" else "")
    cpus = root / "sys/devices/system/cpu"
    files = {root / "proc/cpuinfo": CPUINFO.format(features=features, part=PROCESSORS[processor])}
    lists = ("possible", "present", "cpu0/topology/cluster_cpus_list", "cpu0/topology/core_siblings_list")
    files |= {cpus / name: "0\n" for name in lists}
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def compare_files(python: Emulated, bundle: Bundle, n: int, rng: np.random.Generator) -> dict[str, Any]:
    """Differences of outputs, and of the answers, for a small subnet of 7x7 kernels in every number format."""
    space = bundle.space
    network = bundle.extract(Subnet(((Block(7, 3),) * 2,) * len(space.groups), min(space.resolutions)))
    graph, size = network_graph(network, OUTPUTS), network.subnet.resolution
    images = random_images(size, n, rng)
    faces = StaticInt8(random_images(size, 64, rng), "random images")
    files = {w: emit_tflite(graph, weights=w) for w in ("float32", "float16", "int8")}
    files["float32-plain-7x7"] = emit_tflite(graph, "plain")
    files["int8-static"] = emit_static_int8(graph, faces)
    folder = python.archive.parent / "files"
    folder.mkdir()
    np.savez(folder / "images.npz", images=images)
    for name, data in files.items():
        (folder / f"{name}.tflite").write_bytes(data)
    told = {line["file"]: line for line in python.run("-c", RUN_THERE, folder)}
    found = {}
    for name, data in files.items():
        here, there = answers(data, images), np.load(folder / f"{name}.answers.npz")
        found[name] = {
            "machine": told[f"{name}.tflite"]["machine"],
            "one_partition": told[f"{name}.tflite"]["whole"],
            "max_abs": {output: float(np.abs(here[output] - there[output]).max()) for output in OUTPUTS},
            "largest_value": {output: float(np.abs(here[output]).max()) for output in OUTPUTS},
            "same_class": bool((here["probabilities"].argmax(1) == there["probabilities"].argmax(1)).all()),
        }
    return found


def answers(data: bytes, images: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    model = LoadedModel(data)
    rows = [model.run(image=image[None]) for image in images]
    return {name: np.concatenate([row[name] for row in rows]) for name in OUTPUTS}


def ask_agent(python: Emulated, models: dict[str, bytes]) -> tuple[dict[str, Any], dict[str, int]]:
    """What the agent says of its machine, and of how many passes over each model it tells."""
    folder = python.archive.parent / "models"
    folder.mkdir()
    keys = {name: model_key(data) for name, data in models.items()}
    for name, data in models.items():
        (folder / f"{keys[name]}.tflite.gz").write_bytes(gzip.compress(data))
    (identity,) = python.run(python.archive, "identity", question={"threads": 1})
    protocol = {"passes": 2, "warm_ups": 1, "runs": 2, "shortest_burst_ms": 1.0}
    question = {"threads": 1, "models": keys, "seed": 0, "protocol": protocol}
    timings = python.run(python.archive, "time", question=question)[-1]["timings"]
    return identity["identity"], {name: len(passes) for name, passes in timings.items()}


if __name__ == "__main__":
    main()
