"""What tells inputs of a benchmark apart: what was computed with one must not pass for what another would give."""

from __future__ import annotations

import hashlib
from pathlib import Path

from facefit.artifacts import canonical_json
from facefit.bundle import SUPERNET, Bundle
from facefit.device import DeviceProfile
from facefit.labels.store import Labels


def labels_fingerprint(labels: Labels) -> str:
    """The same for the same labels in the same order, from the same SuperNet, photos and plans."""
    facts = [labels.space.to_json(), labels.n, labels.protocol, labels.source, labels.plans.tolist()]
    return hashlib.sha256(canonical_json(facts) + labels.genes.tobytes() + labels.right.tobytes()).hexdigest()


def profile_fingerprint(profile: DeviceProfile) -> str:
    """The same for the same measurement of a device."""
    return hashlib.sha256(canonical_json(profile.to_json())).hexdigest()


def supernet_fingerprint(bundle: Bundle) -> str:
    """The same for the same file of weights."""
    return hashlib.sha256((bundle.folder / SUPERNET).read_bytes()).hexdigest()


def code_fingerprint(folder: Path) -> str:
    """The same for the same Python code, whatever else is in the folder."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        digest.update(str(file.relative_to(folder)).encode() + file.read_bytes())
    return digest.hexdigest()
