"""Latencies as verbs tell them."""

from __future__ import annotations


def told_ms(value: float | None, interval: tuple[float, float] | None = None) -> str:
    """Milliseconds, with the ends of an interval where there is one."""
    if value is None:
        return "unknown"
    return f"{value:.3f} ms" + (f" ({interval[0]:.3f} to {interval[1]:.3f})" if interval else "")


def told_miss(limit_kept: bool | None) -> str:
    """What is added to a limit that the chosen network did not keep once it was chosen."""
    return ", which it missed when timed once more after the choice" if limit_kept is False else ""
