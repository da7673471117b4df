"""Labels on disk: one Parquet file, rewritten whole, so that it is always complete."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from facefit.artifacts import replacing
from facefit.errors import ArtifactError, InputError
from facefit.space import SearchSpace
from facefit.space.population import Genes

KIND, SCHEMA = "facefit.labels", 1


@dataclass(frozen=True, slots=True)
class Labels:
    """Accuracy of subnets on a search split: `genes` uint8 (m, 1 + positions), `right` int64 (m,) of `n` images."""

    space: SearchSpace
    genes: Genes
    right: NDArray[np.int64]
    n: int
    protocol: str
    seed: int

    def __len__(self) -> int:
        return len(self.genes)

    @property
    def accuracy(self) -> NDArray[np.float64]:
        """Accuracy in 0..1, shape (m,)."""
        return self.right / self.n

    def merged(self, genes: Genes, right: NDArray[np.int64]) -> Labels:
        """With further labels; a subnet that is there already keeps its first label."""
        both = np.concatenate([self.genes, genes]), np.concatenate([self.right, right])
        _, first = np.unique(both[0], axis=0, return_index=True)
        first.sort()
        return Labels(self.space, both[0][first], both[1][first], self.n, self.protocol, self.seed)

    def missing(self, genes: Genes) -> Genes:
        """The rows that have no label yet, in their order."""
        known = {row.tobytes() for row in self.genes}
        return genes[[row.tobytes() not in known for row in genes]]

    def save(self, path: Path) -> None:
        header = {
            "kind": KIND,
            "schema": SCHEMA,
            "space": self.space.to_json(),
            "n": self.n,
            "protocol": self.protocol,
            "seed": self.seed,
        }
        genes = pa.array(self.genes.tolist(), pa.list_(pa.uint8()))
        table = pa.table({"genes": genes, "right": self.right, "accuracy": self.accuracy})
        with replacing(path) as temporary:
            pq.write_table(
                table.replace_schema_metadata({"facefit": json.dumps(header)}), temporary, compression="zstd"
            )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises `ArtifactError` for anything but a whole label file."""
        if not path.is_file():
            raise InputError(f"{path}: no such file; expected labels written by 'facefit label'")
        try:
            table = pq.read_table(path)
            header = json.loads(table.schema.metadata[b"facefit"])
            if (header["kind"], header["schema"]) != (KIND, SCHEMA):
                raise ValueError(f"it is {header['kind']} of schema {header['schema']}")
            space = SearchSpace.from_json(header["space"])
            genes = np.array(table["genes"].to_pylist(), np.uint8).reshape(-1, 1 + space.positions)
            right = np.asarray(table["right"].to_numpy(), np.int64)
        except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ArtifactError(
                f"{path}: not a whole label file ({reason}); write it anew with 'facefit label'"
            ) from error
        return cls(space, genes, right, header["n"], header["protocol"], header["seed"])

    @classmethod
    def empty(cls, space: SearchSpace, n: int, protocol: str, seed: int) -> Self:
        return cls(space, np.zeros((0, 1 + space.positions), np.uint8), np.zeros(0, np.int64), n, protocol, seed)
