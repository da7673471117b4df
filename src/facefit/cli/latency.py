"""Latencies as verbs tell them."""

from __future__ import annotations

from facefit.space.budget import LATENCY_TOLERANCE


def told_ms(value: float | None, interval: tuple[float, float] | None = None) -> str:
    """Milliseconds, with the ends of an interval where there is one."""
    if value is None:
        return "unknown"
    return f"{value:.3f} ms" + (f" ({interval[0]:.3f} to {interval[1]:.3f})" if interval else "")


def told_verdict(limit_kept: bool | None, measured_ms: float | None, limit_ms: float) -> str:
    """What is added to a limit that the chosen network did not keep once it was chosen, or not quite."""
    if limit_kept is False:
        return ", which it missed when timed once more after the choice"
    over = measured_ms is not None and measured_ms > limit_ms
    return f", which it keeps to {100 * (LATENCY_TOLERANCE - 1):.0f} %" if over else ""
