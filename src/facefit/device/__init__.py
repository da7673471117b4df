"""Latency on a device: measured layer by layer in bursts, added up to predict whole networks."""

from facefit.device.adb import Adb
from facefit.device.backend import BROWSER_RUNTIME, Backend, Identity, time_rounds
from facefit.device.bench import BenchRow, compare
from facefit.device.benchmark_tool import AdbBackend
from facefit.device.entries import Entry
from facefit.device.fit import LatencyFit
from facefit.device.limit import LatencyLimit
from facefit.device.local import LocalBackend
from facefit.device.measure import Plan, profile_device
from facefit.device.models import CompactModels, reference_model
from facefit.device.portions import Portions
from facefit.device.profile import DeviceProfile
from facefit.device.remote import SshBackend
from facefit.device.ssh import Ssh
from facefit.device.table import read_table, write_table
from facefit.device.timing import Protocol, Timing, time_bursts
from facefit.graph.tflite import Depthwise7

__all__ = [
    "BROWSER_RUNTIME",
    "Adb",
    "AdbBackend",
    "Backend",
    "BenchRow",
    "CompactModels",
    "Depthwise7",
    "DeviceProfile",
    "Entry",
    "Identity",
    "LatencyFit",
    "LatencyLimit",
    "LocalBackend",
    "Plan",
    "Portions",
    "Protocol",
    "Ssh",
    "SshBackend",
    "Timing",
    "compare",
    "profile_device",
    "read_table",
    "reference_model",
    "time_bursts",
    "time_rounds",
    "write_table",
]
