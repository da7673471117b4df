"""Where the server can be reached, and where it keeps what it must not forget."""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path


def data_folder() -> Path:
    """`$XDG_DATA_HOME/facefit`, or `~/.local/share/facefit`."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "facefit"


def lan_address() -> str | None:
    """This machine's IPv4 address in its network; None where it has none.

    Asks the system which address it would use towards the outside; no packet is sent.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address that documentation uses, and nobody has
            address = str(probe.getsockname()[0])
        except OSError:
            return None
    return None if ipaddress.ip_address(address).is_loopback else address
