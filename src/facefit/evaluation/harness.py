"""How photos become descriptors: found, cut out, described."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from facefit.errors import InputError, counted
from facefit.evaluation.looked_at import LookedAt, unreadable
from facefit.evaluation.photos import Cut, DescribedPhotos, Progress, describe_photos
from facefit.faces.detections import Detections, detect_photos
from facefit.faces.detector import FaceDetector
from facefit.faces.matching import Describer
from facefit.weights import SeenPeople

Stage: TypeAlias = Callable[[str], AbstractContextManager[Progress]]
"""Called with the name of a long piece of work; the context takes its progress."""


@dataclass(frozen=True, slots=True)
class Harness:
    """A network, a detector, the file that keeps detections, and who is told.

    `seen` says whom the network has met, and so on whom it is not judged; in so many `processes` faces are looked for.
    """

    describer: Describer
    detector: FaceDetector
    detections_file: Path
    stage: Stage
    seen: SeenPeople = field(default_factory=SeenPeople)
    processes: int = 1

    def look(self, folder: Path, names: Sequence[str], *, may_skip: bool) -> LookedAt:
        """Faces of the photos, each looked at once for all networks.

        Photos that cannot be read are left out if they may be, as among one's own; a protocol needs all of its photos,
        and `InputError` says how many are broken.
        """
        skipped: dict[str, str] = {}
        with self.stage(f"finding faces in {counted(len(names), 'photo')}") as progress:
            detections = detect_photos(
                folder, names, self.detector, self.detections_file, progress, skipped, self.processes
            )
        if skipped and not may_skip:
            raise InputError(f"{folder}: {unreadable(skipped)}; expected all {len(names)}: unpack LFW again")
        return LookedAt(detections, skipped)

    def described(
        self, folder: Path, names: Sequence[str], detections: Detections, cut: Cut, how: str = ""
    ) -> DescribedPhotos:
        """Descriptors of the central faces; `how` is told with the progress."""
        with self.stage(f"describing {counted(len(names), 'photo')}{f', {how}' if how else ''}") as progress:
            return describe_photos(folder, names, detections, self.describer, cut, progress)
