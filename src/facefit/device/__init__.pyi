from .adb import Adb
from .backend import BROWSER_RUNTIME, Backend, Identity, time_rounds
from .bench import BenchRow, compare
from .benchmark_tool import AdbBackend
from .entries import Entry
from .fit import LatencyFit
from .limit import LatencyLimit
from .local import LocalBackend
from .measure import profile_device
from .models import CompactModels, reference_model
from .plan import Plan
from .portions import Portions
from .profile import DeviceProfile
from .remote import SshBackend
from .ssh import Ssh
from .table import read_table, write_table
from .timing import Protocol, Timing, time_bursts

__all__ = [
    "BROWSER_RUNTIME",
    "Adb",
    "AdbBackend",
    "Backend",
    "BenchRow",
    "CompactModels",
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
