"""What is told of a profile, by whatever verb."""

from __future__ import annotations

from typing import Any

from facefit.device import DeviceProfile


def profile_lines(profile: DeviceProfile) -> list[str]:
    """Device and runtime, how well entries repeat, how well sums predict networks, and the reference."""
    lines = [
        str(profile.identity),
        f"{len(profile.entries)} blocks, median spread {profile.spread_median_percent:.2f} %; error of the prediction: "
        f"{profile.error_text}",
    ]
    if profile.references:
        largest = max(profile.space.resolutions)
        known, form = f"EfficientNet-B0 at {largest} px takes {profile.reference_ms:.3f} ms", "7x7 depthwise is faster"
    else:
        known, form = "EfficientNet-B0 was not timed: limits in ms only", "7x7 depthwise is"
    lines.append(f"{known}; {form} {profile.depthwise7}" if 7 in profile.space.kernels else known)
    return lines


def profile_values(profile: DeviceProfile) -> dict[str, Any]:
    """The same for scripts."""
    return {
        "entries": len(profile.entries),
        "spread_median_percent": profile.spread_median_percent,
        "error_median_percent": profile.error_median_percent,
        "error_p90_percent": profile.error_p90_percent,
        "held_out_networks": profile.held_out_networks,
        "reference_ms": profile.reference_ms if profile.references else None,
        "depthwise7": profile.depthwise7,
        "seconds": profile.seconds,
    }
