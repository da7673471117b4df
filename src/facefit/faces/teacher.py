"""Descriptors that another network gave to photos, for a SuperNet to learn from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from facefit.artifacts import replacing
from facefit.errors import ArtifactError, InputError

MEAN_SHARE = 0.75
"""What all faces have in common fills most of a teacher's descriptors, and would leave every cosine near 1; taking all
of it away gives poor photos, which lie near the mean, any direction."""
KIND, SCHEMA = "facefit.teacher", 1


@dataclass(frozen=True, slots=True)
class Teacher:
    """`descriptors` float32 (n, d) of the photos `names`; `origin` says who gave them, and under which licence."""

    names: tuple[str, ...]
    descriptors: NDArray[np.float32]
    origin: str

    def of(self, names: Sequence[str]) -> NDArray[np.float32]:
        """Unit descriptors (m, d) of the named photos, less `MEAN_SHARE` of the mean over all.

        Raises `InputError` if the teacher has not seen one.
        """
        row = {name: i for i, name in enumerate(self.names)}
        unknown = [name for name in names if name not in row]
        if unknown:
            raise InputError(
                f"the teacher has no descriptor of {len(unknown)} of {len(names)} photos, first {unknown[0]}; expected "
                f"one of each: let it describe the same folder"
            )
        seen = self.descriptors[[row[name] for name in names]] - MEAN_SHARE * self.descriptors.mean(axis=0)
        unit: NDArray[np.float32] = seen / np.maximum(np.linalg.norm(seen, axis=1, keepdims=True), 1e-12)
        return unit

    def save(self, path: Path) -> None:
        """Writes Parquet with the columns `name` and `descriptor`."""
        header = {"kind": KIND, "schema": SCHEMA, "origin": self.origin}
        rows = pa.array(list(self.descriptors), pa.list_(pa.float32()))
        table = pa.table({"name": list(self.names), "descriptor": rows})
        with replacing(path) as temporary:
            pq.write_table(table.replace_schema_metadata({"facefit": json.dumps(header)}), temporary)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises `InputError` if there is no such file, and `ArtifactError` if it is something else."""
        if not path.is_file():
            raise InputError(f"{path}: no such file; expected a teacher's descriptors (Parquet: name, descriptor)")
        try:
            table = pq.read_table(path)
            header = json.loads(table.schema.metadata[b"facefit"])
            if (header["kind"], header["schema"]) != (KIND, SCHEMA):
                raise ValueError(f"it is {header['kind']} of schema {header['schema']}")
            descriptors = np.array(table["descriptor"].to_pylist(), np.float32)
            if descriptors.ndim != 2 or not np.isfinite(descriptors).all():
                raise ValueError("descriptors are not finite numbers of one width")
            return cls(tuple(table["name"].to_pylist()), descriptors, str(header["origin"]))
        except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ArtifactError(
                f"{path}: not a whole file of a teacher's descriptors ({reason}); write it anew"
            ) from error
