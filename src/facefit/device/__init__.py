"""Latency on a device: measured layer by layer in bursts, added up to predict whole networks."""

from facefit.device.backend import Backend, Identity, time_rounds
from facefit.device.bench import BenchRow, compare, reference_model
from facefit.device.entries import Depthwise7, Entry
from facefit.device.fit import LatencyFit
from facefit.device.limit import LatencyLimit
from facefit.device.local import LocalBackend
from facefit.device.measure import Plan, profile_device
from facefit.device.profile import DeviceProfile
from facefit.device.timing import Protocol, Timing, time_bursts

__all__ = [
    "Backend",
    "BenchRow",
    "Depthwise7",
    "DeviceProfile",
    "Entry",
    "Identity",
    "LatencyFit",
    "LatencyLimit",
    "LocalBackend",
    "Plan",
    "Protocol",
    "Timing",
    "compare",
    "profile_device",
    "reference_model",
    "time_bursts",
    "time_rounds",
]
