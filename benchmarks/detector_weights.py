"""The detector's weights, from the wheel in which they are published to the file that facefit ships.

    pip download --no-deps mtcnn==1.0.0 && python benchmarks/detector_weights.py mtcnn-1.0.0-py3-none-any.whl

The wheel keeps each network as a pickle inside an LZ4 frame. Nothing is unpickled: the arrays lie in it uncompressed,
one after the other, and their shapes are known from the networks.
"""

from __future__ import annotations

import argparse
import zipfile
from pathlib import Path

import numpy as np

import facefit
from facefit.weights.tensor_file import write_tensors

WEIGHTS = Path(facefit.__file__).parent / "bundled" / "detector" / "mtcnn.safetensors"

LAYERS = {
    "proposal": [
        ("conv1", 3, 3, 10),
        ("conv2", 3, 10, 16),
        ("conv3", 3, 16, 32),
        ("shift", 1, 32, 4),
        ("face", 1, 32, 2),
    ],
    "refinement": [
        ("conv1", 3, 3, 28),
        ("conv2", 3, 28, 48),
        ("conv3", 2, 48, 64),
        ("dense", 3, 64, 128),
        ("shift", 1, 128, 4),
        ("face", 1, 128, 2),
    ],
    "landmark": [
        ("conv1", 3, 3, 32),
        ("conv2", 3, 32, 64),
        ("conv3", 3, 64, 64),
        ("conv4", 2, 64, 128),
        ("dense", 3, 128, 256),
        ("shift", 1, 256, 4),
        ("points", 1, 256, 10),
        ("face", 1, 256, 2),
    ],
}
"""Layers in the order of the file: name, kernel, input channels, output channels."""
FILES = {"proposal": "pnet", "refinement": "rnet", "landmark": "onet"}


def lz4_frame(data: bytes) -> bytes:
    """Content of an LZ4 frame (frame format 1.6; checksums are not looked at)."""
    assert data[:4] == b"\x04\x22\x4d\x18", "not an LZ4 frame"
    flags, out = data[4], bytearray()
    at = 7 + (8 if flags & 8 else 0) + (4 if flags & 1 else 0)
    while size := int.from_bytes(data[at : at + 4], "little"):
        length = size & 0x7FFFFFFF
        block = data[at + 4 : at + 4 + length]
        at += 4 + length + (4 if flags & 16 else 0)
        if size >> 31:
            out += block
        else:
            lz4_block(block, out)
    return bytes(out)


def lz4_block(block: bytes, out: bytearray) -> None:
    """Appends what a block holds: runs of literal bytes, each followed by a copy of what came before."""
    at = 0

    def length(start: int) -> int:
        nonlocal at
        if start == 15:
            while (more := block[at]) == 255:
                start, at = start + 255, at + 1
            start, at = start + more, at + 1
        return start

    while at < len(block):
        token = block[at]
        at += 1
        literals = length(token >> 4)
        out += block[at : at + literals]
        at += literals
        if at >= len(block):
            return
        back = int.from_bytes(block[at : at + 2], "little")
        at += 2
        for _ in range(length(token & 15) + 4):
            out.append(out[-back])


def next_array(data: bytes, at: int, count: int) -> tuple[np.ndarray, int]:
    """The next `count` floats: a BUILD opcode ends their description, then comes padding that says its length."""
    while True:
        at = data.index(b"ub", at) + 2
        padding = data[at]
        if data[at + 1 : at + 1 + padding] == b"\xff" * padding:
            start = at + 1 + padding
            return np.frombuffer(data, "<f4", count, start), start + 4 * count


def network(name: str, data: bytes) -> dict[str, np.ndarray]:
    """Tensors of one network, weights as (out, k, k, in)."""
    tensors, at = dict[str, np.ndarray](), 0
    for layer, kernel, inputs, outputs in LAYERS[name]:
        weight, at = next_array(data, at, kernel * kernel * inputs * outputs)
        bias, at = next_array(data, at, outputs)
        # (row, column, in, out); the dense layers were trained on maps that were flattened column by column.
        weight = weight.reshape(kernel, kernel, inputs, outputs)
        weight = weight.transpose(3, 1, 0, 2) if layer == "dense" else weight.transpose(3, 0, 1, 2)
        tensors |= {f"{name}.{layer}.weight": weight, f"{name}.{layer}.bias": bias}
        if layer.startswith("conv") or layer == "dense":
            tensors[f"{name}.{layer}.slope"], at = next_array(data, at, outputs)
    assert data.find(b"ub", at) < 0 and all(np.isfinite(t).all() for t in tensors.values()), name
    return tensors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path, help="mtcnn-1.0.0-py3-none-any.whl")
    arguments = parser.parse_args()
    tensors: dict[str, np.ndarray] = {}
    with zipfile.ZipFile(arguments.wheel) as wheel:
        for name, file in FILES.items():
            tensors |= network(name, lz4_frame(wheel.read(f"mtcnn/assets/weights/{file}.lz4")))
    header = {"source": arguments.wheel.name, "licence": "MIT", "layout": "(out, k, k, in)"}
    write_tensors(WEIGHTS, "detector", header, tensors)
    print(f"wrote {WEIGHTS}: {sum(t.size for t in tensors.values()):,} numbers")


if __name__ == "__main__":
    main()
