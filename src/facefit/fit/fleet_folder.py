"""The report of a fleet: what the members' fits say, as the page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from facefit.bundle import Bundle
from facefit.fit.chosen import MEASURED
from facefit.fit.fleet_order import Member
from facefit.fit.folder import REPORT, versions
from facefit.fit.order import Fitted
from facefit.report import FleetDevice, FleetReport, write_fleet_page


def write_fleet_report(
    bundle: Bundle,
    out: Path,
    members: Sequence[Member],
    fitted: Sequence[Fitted],
    predicted_ms: Sequence[Sequence[float]],
    seconds: float,
) -> Path:
    """Writes `report.html` and returns its path; `predicted_ms[i][j]` is network i on device j."""
    budget = members[0].order.budget
    made = versions() | {
        "limits beside the latency": f"at most {budget}, kept by each" if budget else "none",
        "seed": str(members[0].order.seed),
        "batch-norm statistics": fitted[0].statistics,
        "total": f"{seconds:.0f} s",
    }
    report = FleetReport(
        task=bundle.metadata.task,
        space=bundle.space,
        devices=tuple(_device(member, fit) for member, fit in zip(members, fitted, strict=True)),
        predicted_ms=np.array(predicted_ms),
        accuracy_rmse=fitted[0].accuracy_rmse,
        measured_accuracy=all(fit.accuracy_kind.startswith(MEASURED) for fit in fitted),
        made=made,
    )
    write_fleet_page(report, out / REPORT)
    return out / REPORT


def _device(member: Member, fitted: Fitted) -> FleetDevice:
    return FleetDevice(
        name=member.name,
        device=str(member.profile.identity),
        limit=member.order.limit,
        limit_ms=member.limit_ms,
        reference_ms=member.profile.reference_ms if member.profile.references else None,
        subnet=fitted.subnet,
        predicted_ms=fitted.predicted_ms,
        measured_ms=fitted.measured_ms,
        measured_ms_interval=fitted.measured_ms_interval,
        accuracy=fitted.accuracy,
        size_bytes=fitted.size_bytes,
        depthwise7=member.profile.depthwise7,
        error=member.profile.error_text,
        page=f"{member.name}/{REPORT}",
    )
