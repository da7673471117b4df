"""A real `sshd` on the loopback interface for one test session: its own keys, port and home folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
TOOLS = [shutil.which(name) for name in ("ssh", "scp", "ssh-keygen")]

DOOR = """#!/bin/sh
cd {home} || exit 1
echo "$SSH_ORIGINAL_COMMAND" >> {log}
case "$SSH_ORIGINAL_COMMAND" in
  *"agent.pyz time"*)
    next=$(head -n 1 {plan}); sed -i 1d {plan}
    if [ "$next" = cut ]; then kill -9 $PPID; exit 1; fi ;;
esac
exec bash -O failglob -c "$SSH_ORIGINAL_COMMAND"
"""
"""What a login runs: it stays in a folder of the test, writes down what it was asked, and may cut the connection. Like
zsh and fish it takes a pattern that matches nothing for a mistake."""


class Server:
    """Reached as `board` by the `ssh` and `scp` in `bin`, which only name the configuration of the test."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home, self.bin, self.log = folder, folder / "home", folder / "bin", folder / "log"
        self._plan = folder / "plan"
        for made in (self.home, self.bin):
            made.mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        for name in ("host", "user", "stranger"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(command, check=True)
        self._write_files()
        self._process = subprocess.Popen(
            [str(SSHD), "-D", "-e", "-f", str(folder / "sshd_config")], stderr=subprocess.PIPE
        )
        self._await()

    def plan(self, *steps: str) -> None:
        """What becomes of the next times that it is to measure: `pass`, or `cut` the connection."""
        self._plan.write_text("".join(f"{step}\n" for step in steps))

    def asked(self, words: str) -> int:
        """How many commands with these words came in since the last call of `forget`."""
        return sum(words in line for line in self.log.read_text().splitlines()) if self.log.exists() else 0

    def forget(self) -> None:
        self.log.write_text("")
        self._plan.write_text("")
        shutil.rmtree(self.home)
        self.home.mkdir()

    def configure(self, identity: str = "user", known: bool = True, port: int | None = None) -> None:
        """How `ssh board` connects from now on."""
        key = " ".join((self.folder / "host.pub").read_text().split()[:2])
        (self.folder / "known").write_text(f"[127.0.0.1]:{self.port} {key}\n" if known else "")
        (self.folder / "ssh_config").write_text(
            f"Host board\n HostName 127.0.0.1\n Port {port or self.port}\n IdentityFile {self.folder / identity}\n"
            f" IdentitiesOnly yes\n UserKnownHostsFile {self.folder / 'known'}\n GlobalKnownHostsFile none\n"
        )

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def _write_files(self) -> None:
        door = self.folder / "door"
        door.write_text(DOOR.format(home=self.home, log=self.log, plan=self._plan))
        door.chmod(0o755)
        self._plan.write_text("")
        (self.folder / "authorized").write_text(f'command="exec {door}" {(self.folder / "user.pub").read_text()}')
        places = ("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/libexec/sftp-server")
        sftp = next((place for place in places if Path(place).exists()), "internal-sftp")
        (self.folder / "sshd_config").write_text(
            f"ListenAddress 127.0.0.1\nPort {self.port}\nHostKey {self.folder / 'host'}\nPidFile none\nUsePAM no\n"
            f"AuthorizedKeysFile {self.folder / 'authorized'}\nStrictModes no\nPasswordAuthentication no\n"
            f"KbdInteractiveAuthentication no\nPermitRootLogin yes\nSubsystem sftp {sftp}\n"
        )
        for name in ("ssh", "scp"):
            wrapper = self.bin / name
            wrapper.write_text(f'#!/bin/sh\nexec {shutil.which(name)} -F {self.folder / "ssh_config"} "$@"\n')
            wrapper.chmod(0o755)
        bare = self.bin / "bare-python"
        bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S -I "$@"\n')
        bare.chmod(0o755)
        self.configure()

    def _await(self) -> None:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.1)
        self._process.kill()
        raise RuntimeError(f"sshd did not start: {self._process.communicate()[1].decode(errors='replace')}")
