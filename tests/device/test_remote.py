"""Measuring over ssh, against a real sshd on this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sshd import Server

from facefit.device import LocalBackend, Portions, Protocol, Ssh, SshBackend
from facefit.device.agent_archive import agent_archive
from facefit.device.models import GraphModels
from facefit.errors import DeviceError, InputError
from facefit.space import ofa_mbv3

SPACE = ofa_mbv3(width=0.5, resolutions=(32,))
QUICK = Protocol(passes=2, warm_ups=1, runs=2, shortest_burst_ms=0.1)


def models(n: int = 4) -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    blocks = [SPACE.block_layer(1, True, block, 32) for block in SPACE.choices[:n]]
    return {layer.name: GraphModels(rng).layer(layer, "plain") for layer in blocks}


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def backend(keep: Path | None = None, python: str = sys.executable) -> SshBackend:
    return SshBackend(Ssh("board"), python=python, portions=Portions(keep, models=2), pause=lambda seconds: None)


def test_the_agent_needs_nothing_of_facefit_but_what_it_brings(tmp_path: Path) -> None:
    (tmp_path / "agent.pyz").write_bytes(agent_archive())
    assert len(agent_archive()) < 40_000
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, str(tmp_path / "agent.pyz"), "identity"]
    done = subprocess.run(command, input=b'{"threads": 1}', capture_output=True, env=environment, check=True)
    assert LocalBackend().identity().runtime_version.encode() in done.stdout


def test_is_the_machine_that_it_reaches(server: Server) -> None:
    there, here = backend().identity(), LocalBackend().identity()
    assert there == here
    assert there.details["machine"] == here.details["machine"]


def test_times_models_there_and_sends_each_once(server: Server) -> None:
    given, first = models(), backend()
    steps: list[tuple[int, int]] = []
    timings = first.time(given, QUICK, rng(), progress=lambda *step: steps.append(step))
    assert list(timings) == list(given)
    assert all(len(timing.passes_ms) == QUICK.passes and timing.ms > 0 for timing in timings.values())
    sent = sorted(path.name for path in (server.home / ".cache/facefit/models").iterdir())
    assert len(sent) == len(given) and not list((server.home / ".cache/facefit/incoming").iterdir())
    copies = server.asked("mv ")
    assert copies == 2
    backend().time(given, QUICK, rng())
    assert server.asked("mv ") == copies


def test_a_connection_that_breaks_is_opened_again(server: Server) -> None:
    server.plan("cut", "pass", "cut")
    assert len(backend().time(models(), QUICK, rng())) == 4
    assert server.asked("agent.pyz time") == 4


def test_what_was_measured_outlasts_a_dead_connection(server: Server, tmp_path: Path) -> None:
    keep, given = tmp_path / "pi.partial.portions", models()
    server.plan("pass", *["cut"] * 5)
    with pytest.raises(DeviceError, match="run the same command again"):
        backend(keep).time(given, QUICK, rng())
    before = server.asked("agent.pyz time")
    assert list(backend(keep).time(given, QUICK, rng())) == list(given)
    assert server.asked("agent.pyz time") == before + 1
    assert not keep.exists()


def test_says_why_a_machine_cannot_be_used(server: Server) -> None:
    server.configure(identity="stranger")
    with pytest.raises(DeviceError, match=r"permission denied.*ssh-copy-id board"):
        backend().identity()
    server.configure(known=False)
    with pytest.raises(DeviceError, match="host key is not known"):
        backend().identity()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server.configure(port=probe.getsockname()[1])
        with pytest.raises(DeviceError, match=r"cannot be reached.*refused"):
            backend().identity()
    server.configure()
    with pytest.raises(DeviceError, match=r"has no 'python9'.*--python"):
        backend(python="python9").identity()
    with pytest.raises(DeviceError, match=r"lacks 'numpy'.*ai-edge-litert"):
        backend(python=str(server.bin / "bare-python")).identity()
    shutil.rmtree(server.home / ".cache")
    (server.home / ".cache").write_text("in the way")
    with pytest.raises(DeviceError, match=r"ended with code 1 \(mkdir"):
        backend().identity()
    (server.home / ".cache").unlink()
    with pytest.raises(DeviceError, match="no such host"):
        SshBackend(Ssh("no-such-host.invalid")).identity()
    with pytest.raises(DeviceError, match="broken"):
        backend().time({"broken": b"no model"}, QUICK, rng())


@pytest.mark.parametrize("host", ["", "-oProxyCommand=touch /tmp/x", "pi@board:22", "ssh://board", "pi board"])
def test_refuses_what_is_no_host(host: str) -> None:
    with pytest.raises(InputError, match="expected user@host"):
        Ssh(host)


def test_says_so_where_there_is_no_ssh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DeviceError, match="no 'ssh' here"):
        SshBackend(Ssh("board")).identity()
