"""A machine at the other end of the system's `ssh` and `scp`, which read `~/.ssh/config` and check host keys."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from facefit.errors import DeviceError, InputError

_OPTIONS = ("BatchMode=yes", "ConnectTimeout=20", "ServerAliveInterval=10", "ServerAliveCountMax=3")
"""Never ask for a password; notice within half a minute that nobody answers any more."""
_CONNECTION_FAILED, _NOT_FOUND = 255, 127
_FINAL = {
    "Permission denied (": "permission denied; expected a login by key without a question: ssh-copy-id {host}",
    "Host key verification failed": "its host key is not known or has changed; look at it by hand: ssh {host}",
    "Could not resolve hostname": "no such host; expected user@host, or a name from ~/.ssh/config",
}
"""What ssh says if trying again is of no use, and what we say."""


class ConnectionLost(DeviceError):
    """The machine could not be reached, or no longer; another try may help."""


class CommandFailed(DeviceError):
    """A command ended on the machine with the exit code `code`, having said `said` on standard error."""

    def __init__(self, host: str, code: int, said: str) -> None:
        super().__init__(f"{host}: the command there ended with code {code} ({said or 'it said nothing'})")
        self.code, self.said = code, said

    @property
    def not_found(self) -> bool:
        """Whether the shell there did not find the command."""
        return self.code == _NOT_FOUND


class Ssh:
    """Runs commands and copies files; `host` is what `ssh` takes: user@host, or a name from `~/.ssh/config`."""

    def __init__(self, host: str) -> None:
        if not re.fullmatch(r"[^\s:/-][^\s:/]*", host):
            raise InputError(f"host {host!r}: expected user@host, or a name from ~/.ssh/config, where a port may stand")
        self.host = host

    def lines(self, command: str, given: bytes = b"") -> Iterator[str]:
        """Runs a shell command in the home folder there, `given` on its standard input; yields its lines as they come.

        Raises `ConnectionLost`, `CommandFailed`, or `DeviceError` where another try is of no use.
        """
        with tempfile.TemporaryFile() as question, tempfile.TemporaryFile() as errors:
            question.write(given)
            question.seek(0)
            with self._start("ssh", ["--", self.host, command], question, errors) as process:
                assert process.stdout
                yield from (line.decode(errors="replace") for line in process.stdout)
            self._check(process.returncode, errors)

    def run(self, command: str, given: bytes = b"") -> str:
        """The same, and returns all of its output."""
        return "".join(self.lines(command, given))

    def copy(self, paths: Sequence[Path], folder: str) -> None:
        """Copies files into a folder there, relative to the home folder; errors as in `lines`."""
        with tempfile.TemporaryFile() as errors:
            arguments = ["-q", "--", *map(str, paths), f"{self.host}:{folder}/"]
            process = self._start("scp", arguments, subprocess.DEVNULL, errors)
            process.communicate()
            self._check(process.returncode, errors)

    def _start(
        self, program: str, arguments: Sequence[str], given: IO[bytes] | int, errors: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        command = [program, *(word for option in _OPTIONS for word in ("-o", option)), *arguments]
        try:
            return subprocess.Popen(command, stdin=given, stdout=subprocess.PIPE, stderr=errors)
        except FileNotFoundError as error:
            raise DeviceError(
                f"no '{program}' here; install OpenSSH's client, as 'apt install openssh-client'"
            ) from error

    def _check(self, code: int, errors: IO[bytes]) -> None:
        if code == 0:
            return
        errors.seek(0)
        said = " ".join(errors.read().decode(errors="replace").split())
        for mark, message in _FINAL.items():
            if mark in said:
                raise DeviceError(f"{self.host}: {message.format(host=self.host)}")
        if code == _CONNECTION_FAILED or code < 0 or "onnection" in said:
            why = said[-200:] or "the connection broke"
            raise ConnectionLost(f"{self.host}: cannot be reached ({why}); expected what 'ssh {self.host}' opens")
        raise CommandFailed(self.host, code, said[-200:])
