"""Lookup tables as text: a line `name count mean std` for each layer, times in ms, under once-for-all's layer names.

The paper's authors keep their tables in this form. A table knows no device, no whole networks and no second form of
7x7, so a profile made of one adds its layers up as they are; a profile written as one loses what it knew beyond that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from facefit.artifacts import read_bytes, write_bytes
from facefit.device.backend import Identity
from facefit.device.blocks import distinct_layers
from facefit.device.entries import Entry
from facefit.device.fit import LatencyFit
from facefit.device.profile import DeviceProfile
from facefit.errors import ArtifactError
from facefit.space import InvertedResidual, SearchSpace

_LINE = "'name count mean std' with times in ms"
_CLASSIFIER = "Logits-"
"""Descriptors have no classifier, but whoever adds such a table up asks for its row."""


def read_table(path: Path, space: SearchSpace, identity: Identity) -> DeviceProfile:
    """A profile of the device that `identity` says the table is of, for `space`.

    The mean stands for the latency and the standard deviation for the spread. Rows of layers that the space lacks,
    such as the classifier's, are left out. Raises `ArtifactError` if the file is no table, names a layer twice, or
    lacks a layer of the space.
    """
    layers, rows = distinct_layers(space), _rows(path)
    missing = layers.keys() - rows.keys()
    if missing:
        raise ArtifactError(
            f"{path}: lacks {len(missing)} of the {len(layers)} layers of the space {space.name} at "
            f"{space.resolutions} px, such as {min(missing)}; it is of another space or input size"
        )
    entries = {name: rows[name] for name in layers}
    seven = [n for n, layer in layers.items() if isinstance(layer, InvertedResidual) and layer.effective_kernel == 7]
    return DeviceProfile(
        identity=identity,
        space=space,
        outputs=("descriptor",),
        depthwise7_ms={"plain": sum(entries[name].ms for name in seven)},
        entries=entries,
        fit=LatencyFit(scale=1.0, scale7=0.0, weights_ms=0.0, constant_ms=0.0),
        references={},
        fit_networks=0,
        fit_error_percent=None,
        held_out_networks=0,
        error_median_percent=None,
        error_p90_percent=None,
        seconds=0.0,
    )


def write_table(profile: DeviceProfile, path: Path) -> None:
    """Writes latencies of layers alone, whole or not at all.

    The mean is the profile's latency, its spread in ms the deviation, and the count 1. The classifier's row, which a
    descriptor does not have, is 0.
    """
    rows = [f"{name} 1 {e.ms} {e.ms * e.spread_percent / 100}" for name, e in profile.entries.items()]
    rows.append(f"{_CLASSIFIER}input:1x1x{profile.space.feature_width}-output:1000 0 0.0 0.0")
    write_bytes(path, "".join(f"{row}\n" for row in sorted(rows)).encode())


def _rows(path: Path) -> Mapping[str, Entry]:
    try:
        lines = read_bytes(path, f"a lookup table, lines of {_LINE}").decode().splitlines()
    except UnicodeDecodeError as error:
        raise ArtifactError(f"{path}: is not text; expected a lookup table, lines of {_LINE}") from error
    rows: dict[str, Entry] = {}
    for number, line in enumerate(lines, 1):
        fields = line.split()
        if not fields or fields[0].startswith(_CLASSIFIER):
            continue
        if fields[0] in rows:
            raise ArtifactError(
                f"{path}, line {number}: {fields[0][:80]} is there twice; expected each layer once, so keep one run"
            )
        rows[fields[0]] = _entry(f"{path}, line {number}", line, fields[1:])
    return rows


def _entry(place: str, line: str, fields: list[str]) -> Entry:
    try:
        count, mean_ms, deviation_ms = map(float, fields)
    except ValueError:
        count = mean_ms = deviation_ms = math.nan
    if not (count >= 1 and 0 < mean_ms < math.inf and 0 <= deviation_ms < math.inf):
        raise ArtifactError(f"{place}: reads {line[:80]!r}; expected {_LINE}, above 0")
    return Entry(mean_ms, 100.0 * deviation_ms / mean_ms)
