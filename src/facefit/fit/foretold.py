"""How far a latency that a profile foretells can be trusted."""

from __future__ import annotations

from facefit.device import DeviceProfile

Interval = tuple[float, float]


def foretold_interval(profile: DeviceProfile, predicted_ms: float) -> Interval | None:
    """Between which latencies nine of ten networks lay that the profile had not seen, for such a prediction, in ms.

    None for a profile without such networks, such as an imported table.
    """
    if profile.error_p90_percent is None:
        return None
    error = profile.error_p90_percent / 100
    return predicted_ms / (1 + error), predicted_ms / max(1 - error, 1e-3)
