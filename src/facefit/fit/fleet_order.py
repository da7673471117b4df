"""What a fit for several devices is asked to do, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facefit.bundle import Ranking
from facefit.device import Backend, DeviceProfile
from facefit.fit.order import Fitted, Order
from facefit.space.budget import UNLIMITED, Budget


@dataclass(frozen=True, slots=True)
class FleetOrder:
    """A fit for the device of each profile, written to a folder of its own below `out`.

    `limits` on latency are one for all, or one for each profile; '0.6x' is of that device's own EfficientNet-B0. The
    other fields are as in `Order`, and the same for all.
    """

    out: Path
    profiles: tuple[Path, ...]
    limits: tuple[str, ...] = ("0.6x",)
    calibrate: Path | None = None
    surrogate: Ranking = "accuracy"
    seed: int = 0
    budget: Budget = UNLIMITED


@dataclass(frozen=True)
class Member:
    """A device of the fleet; `backend` is None where it is elsewhere, so that its network cannot be timed."""

    name: str
    order: Order
    profile: DeviceProfile
    backend: Backend | None
    limit_ms: float


@dataclass(frozen=True)
class FleetFitted:
    """What each member got, in the order of the profiles; `predicted_ms[i][j]` is network i on device j."""

    members: tuple[Member, ...]
    fitted: tuple[Fitted, ...]
    predicted_ms: tuple[tuple[float, ...], ...]
    report: Path
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Plain values: those of `Fitted` for each device, and the cross table."""
        devices = [
            {"name": member.name, "here": member.backend is not None, "device": member.profile.identity.to_json()}
            | fitted.to_json()
            for member, fitted in zip(self.members, self.fitted, strict=True)
        ]
        table = [list(row) for row in self.predicted_ms]
        return {"devices": devices, "predicted_ms": table, "report": str(self.report), "seconds": self.seconds}
