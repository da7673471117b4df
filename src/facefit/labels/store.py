"""Labels on disk: one Parquet file, rewritten whole, so that it is always complete."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from facefit.artifacts import canonical_json, read_bytes, replacing
from facefit.errors import ArtifactError, FacefitError
from facefit.space import SearchSpace
from facefit.space.population import Genes, distinct, keys

KIND, SCHEMA = "facefit.labels", 3
_DAMAGE = (pa.ArrowException, OSError, KeyError, TypeError, ValueError, OverflowError, RecursionError, FacefitError)
UNRECORDED = "unrecorded"
"""The plan of labels from before plans were written down (schema 1)."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Accuracy of subnets on a search split: `genes` uint8 (m, 1 + positions), `right` int64 (m,) of `n` images.

    `source` is the fingerprint of the SuperNet and the photos that they were measured with; `plans` (m,) name the
    label plan that chose each subnet; `log_likelihood` (m,) is the mean logarithm of the probability that a subnet
    gives to the right answer, NaN for labels from before it was kept (schema 2).
    """

    space: SearchSpace
    genes: Genes
    right: NDArray[np.int64]
    n: int
    protocol: str
    source: str
    plans: NDArray[np.str_]
    log_likelihood: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.genes)

    @property
    def accuracy(self) -> NDArray[np.float64]:
        """Accuracy in 0..1, shape (m,)."""
        return self.right / self.n

    @property
    def plan_counts(self) -> dict[str, int]:
        """How many labels each plan gave."""
        names, counts = np.unique(self.plans, return_counts=True)
        return dict(zip(names.tolist(), counts.tolist(), strict=True))

    def merged(
        self,
        genes: Genes,
        right: NDArray[np.int64],
        plan: str | NDArray[np.str_],
        log_likelihood: NDArray[np.float64] | None = None,
    ) -> Labels:
        """With further labels of one plan, or of one each; a subnet that is there already keeps its first label."""
        likely = np.full(len(genes), np.nan) if log_likelihood is None else log_likelihood
        all_genes = np.concatenate([self.genes, genes])
        first = distinct(all_genes)
        return replace(
            self,
            genes=all_genes[first],
            right=np.concatenate([self.right, right])[first],
            plans=np.concatenate([self.plans, np.full(len(genes), plan)])[first],
            log_likelihood=np.concatenate([self.log_likelihood, likely])[first],
        )

    def where(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Labels:
        """Some of the labels, by mask or by index."""
        kept = (self.genes[keep], self.right[keep], self.plans[keep], self.log_likelihood[keep])
        return replace(self, genes=kept[0], right=kept[1], plans=kept[2], log_likelihood=kept[3])

    def missing(self, genes: Genes) -> Genes:
        """The rows that have no label yet, in their order."""
        known = set(keys(self.genes))
        return genes[[key not in known for key in keys(genes)]]

    def save(self, path: Path) -> None:
        """Writes the whole file or nothing; raises `InputError` if the place cannot be written."""
        header = {
            "kind": KIND,
            "schema": SCHEMA,
            "space": self.space.to_json(),
            "n": self.n,
            "protocol": self.protocol,
            "source": self.source,
            "sha256": self._checksum(SCHEMA, self.space.to_json()),
        }
        genes = pa.array(self.genes.tolist(), pa.list_(pa.uint8()))
        plans = pa.array(self.plans.tolist(), pa.string()).dictionary_encode()
        columns = {"genes": genes, "right": self.right, "accuracy": self.accuracy, "plan": plans}
        table = pa.table(columns | {"log_likelihood": self.log_likelihood})
        with replacing(path) as temporary:
            pq.write_table(
                table.replace_schema_metadata({"facefit": json.dumps(header)}), temporary, compression="zstd"
            )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads files without plans as well. Raises `InputError` for a file that cannot be read, `ArtifactError` for
        anything but a whole label file."""
        data = read_bytes(path, "labels written by 'facefit label'")
        try:
            table = pq.read_table(pa.BufferReader(data))
            header = json.loads((table.schema.metadata or {}).get(b"facefit", b"null"))
            if not isinstance(header, dict):
                raise ValueError("it has no header of facefit's")
            if header["kind"] != KIND or header["schema"] not in (1, 2, SCHEMA):
                raise ValueError(f"it is {header['kind']} of schema {header['schema']}")
            space = SearchSpace.from_json(header["space"])
            genes = np.array(table["genes"].to_pylist(), np.uint8).reshape(-1, 1 + space.positions)
            right = np.asarray(table["right"].to_numpy(), np.int64)
            plans = np.array(table["plan"].to_pylist() if header["schema"] > 1 else [UNRECORDED] * len(genes), np.str_)
            unknown = np.full(len(genes), np.nan)
            likely = np.asarray(table["log_likelihood"].to_numpy(), np.float64) if header["schema"] > 2 else unknown
            labels = cls(space, genes, right, header["n"], header["protocol"], header["source"], plans, likely)
            if header["sha256"] != labels._checksum(header["schema"], header["space"]):
                raise ValueError("its checksum does not match")
        except _DAMAGE as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ArtifactError(
                f"{path}: not a whole label file ({reason}); move it away, then call 'facefit label'"
            ) from error
        return labels

    @classmethod
    def empty(cls, space: SearchSpace, n: int, protocol: str, source: str) -> Self:
        """No label yet."""
        no_genes, no_plans = np.zeros((0, 1 + space.positions), np.uint8), np.zeros(0, np.str_)
        return cls(space, no_genes, np.zeros(0, np.int64), n, protocol, source, no_plans, np.zeros(0))

    def _checksum(self, schema: int, space: dict[str, Any]) -> str:
        """Over the space as the file has it, which may know less of spaces than this version does."""
        facts = canonical_json([space, self.n, self.protocol, self.source])
        plans = canonical_json(self.plans.tolist()) if schema > 1 else b""
        likely = self.log_likelihood.tobytes() if schema > 2 else b""
        return hashlib.sha256(facts + self.genes.tobytes() + self.right.tobytes() + plans + likely).hexdigest()
