"""An Android device at the other end of the system's `adb`."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from facefit.errors import DeviceError

_STATES = {
    "unauthorized": "is unauthorised; unlock it and allow USB debugging from this computer",
    "offline": "is offline; plug it in again, or restart adb with 'adb kill-server'",
    "no permissions": "may not be used by you; give your user access to USB devices (udev rules)",
}
"""What the states that adb lists ask for."""


class Adb:
    """Runs commands and copies files; `serial` chooses one of several devices.

    Raises `DeviceError` if there is no adb, no device, none of that serial, several without one, or if the device does
    not let us in.
    """

    def __init__(self, serial: str | None = None) -> None:
        try:
            listed = _run(["adb", "devices"])
        except subprocess.CalledProcessError as error:
            raise DeviceError(f"adb cannot list devices ({_said(error)}); try 'adb start-server'") from error
        self.serial = _chosen(_listed(listed), serial)

    def shell(self, command: str) -> str:
        """Output and errors of a shell command there, whatever its exit code."""
        return self._run("shell", f"({command}) 2>&1; true")

    def push(self, paths: Sequence[Path], folder: str) -> None:
        """Copies files into a folder there."""
        self._run("push", *map(str, paths), f"{folder}/")

    def reverse(self, port: int) -> None:
        """Lets the device reach a port of this machine as its own, under localhost."""
        self._run("reverse", f"tcp:{port}", f"tcp:{port}")

    def _run(self, *arguments: str) -> str:
        try:
            return _run(["adb", "-s", self.serial, *arguments])
        except subprocess.CalledProcessError as error:
            raise DeviceError(
                f"{self.serial}: adb {arguments[0]} failed ({_said(error)}); plug the device in and run the same "
                f"command again"
            ) from error


def _run(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=True)
    except FileNotFoundError as error:
        raise DeviceError("no 'adb' here; install Android's platform tools, as 'apt install adb'") from error
    return done.stdout.replace("\r\n", "\n")


def _said(error: subprocess.CalledProcessError) -> str:
    """The end of what adb said, or its exit code."""
    return " ".join((error.stderr or error.stdout or "").split())[-200:] or str(error.returncode)


def _listed(output: str) -> dict[str, str]:
    """State by serial, from what `adb devices` prints."""
    rows = [line.split(None, 1) for line in output.splitlines() if line.strip() and not line.startswith(("List", "*"))]
    return {row[0]: row[1].strip() for row in rows if len(row) == 2}


def _chosen(states: dict[str, str], serial: str | None) -> str:
    seen = ", ".join(states)
    if not states:
        raise DeviceError("no Android device; connect one and allow USB debugging in its developer options")
    if serial is None and len(states) > 1:
        raise DeviceError(f"several Android devices ({seen}); choose one with --serial")
    chosen = serial or next(iter(states))
    if chosen not in states:
        raise DeviceError(f"no Android device '{chosen}'; adb sees {seen}")
    if states[chosen] != "device":
        advice = next((text for state, text in _STATES.items() if states[chosen].startswith(state)), None)
        raise DeviceError(f"{chosen}: {advice or f'is in the state {states[chosen]!r}; expected one ready for use'}")
    return chosen
