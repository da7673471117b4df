"""A device at the other end of `ssh`, such as a Raspberry Pi, measured by an agent that is copied there."""

from __future__ import annotations

import gzip
import json
import shlex
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from facefit.device.agent_archive import agent_archive
from facefit.device.backend import Identity
from facefit.device.entries import positive
from facefit.device.portions import Portions, model_key
from facefit.device.ssh import CommandFailed, ConnectionLost, Ssh
from facefit.device.timing import Progress, Protocol, Timing
from facefit.errors import DeviceError, InputError

FOLDER = ".cache/facefit"
"""Where agent and models lie, in the home folder of the device; all of it may be deleted."""
_AGENT = f"{FOLDER}/agent.pyz"
_WAITS_S = (2.0, 5.0, 15.0, 30.0)


class SshBackend:
    """Runs models with `threads` threads of the machine that `ssh` reaches, by its Python `python`.

    Models travel packed, each once. A connection that breaks is opened again a few times; then `DeviceError` is raised,
    and a later call goes on from the portions that `portions` keeps.
    """

    def __init__(
        self,
        ssh: Ssh,
        threads: int = 1,
        *,
        python: str = "python3",
        portions: Portions | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        if threads < 1:
            raise InputError(f"{threads} threads; expected 1 or more")
        self._ssh, self._threads, self._python = ssh, threads, python
        self._portions, self._pause = portions or Portions(), pause
        self._identity: Identity | None = None
        self._there: set[str] = set()

    def identity(self) -> Identity:
        """Brings the agent there and asks it; once for each backend."""
        if self._identity is None:
            names = self._ssh.run(f"mkdir -p {FOLDER}/models {FOLDER}/incoming && ls {FOLDER}/models")
            self._there = {name.removesuffix(".tflite.gz") for name in names.split()}
            self._copy({"agent.pyz": agent_archive()}, FOLDER)
            asked = {"threads": self._threads}
            self._identity = Identity.from_json(self._ask("identity", asked, "identity"))
        return self._identity

    def time(
        self,
        models: Mapping[str, bytes],
        protocol: Protocol,
        rng: np.random.Generator,
        *,
        progress: Progress | None = None,
    ) -> dict[str, Timing]:
        """Times the models there, in portions that it can hold; inputs are random numbers that stay the same."""

        def measure(portion: Mapping[str, bytes], forward: Progress) -> dict[str, Timing]:
            keys = {name: model_key(data) for name, data in portion.items()}
            question = {"threads": self._threads, "protocol": asdict(protocol), "models": keys}
            question["seed"] = int(rng.integers(2**32))
            return self._measure({keys[name]: data for name, data in portion.items()}, question, forward)

        return self._portions.time(measure, self.identity(), models, protocol, rng, progress)

    def _measure(
        self, contents: Mapping[str, bytes], question: Mapping[str, Any], forward: Progress
    ) -> dict[str, Timing]:
        for wait_s in _WAITS_S:
            try:
                return self._try(contents, question, forward)
            except ConnectionLost:
                self._pause(wait_s)
        try:
            return self._try(contents, question, forward)
        except ConnectionLost as error:
            kept = ", what was measured is kept" if self._portions.keep else ""
            raise DeviceError(f"{error}; run the same command again{kept}") from error

    def _try(self, contents: Mapping[str, bytes], question: Mapping[str, Any], forward: Progress) -> dict[str, Timing]:
        missing = [key for key in contents if key not in self._there]
        if missing:
            # Moved when they are whole: a file that a broken connection cut off must not pass for a model.
            # Without a pattern: zsh and fish take one that matches nothing for a mistake.
            self._ssh.run(f"rm -rf {FOLDER}/incoming && mkdir -p {FOLDER}/incoming")
            self._copy({f"{key}.tflite.gz": gzip.compress(contents[key], 6) for key in missing}, f"{FOLDER}/incoming")
            self._ssh.run(f"mv {FOLDER}/incoming/* {FOLDER}/models/")
            self._there.update(missing)
        timings = self._ask("time", question, "timings", forward)
        return {name: Timing(tuple(map(positive, timings[name]))) for name in question["models"]}

    def _copy(self, contents: Mapping[str, bytes], folder: str) -> None:
        with tempfile.TemporaryDirectory(prefix="facefit-") as here:
            paths = [Path(here) / name for name in contents]
            for path, data in zip(paths, contents.values(), strict=True):
                path.write_bytes(data)
            self._ssh.copy(paths, folder)

    def _ask(self, task: str, question: Mapping[str, Any], wanted: str, forward: Progress | None = None) -> Any:
        """What the agent says under `wanted` in the end; lines before tell of progress."""
        answer: dict[str, Any] = {}
        command = f"{shlex.quote(self._python)} {_AGENT} {task}"
        try:
            for line in self._ssh.lines(command, json.dumps(question).encode()):
                if line.startswith("{"):  # a login may greet before the agent speaks
                    answer = json.loads(line)
                if forward and "done" in answer:
                    forward(answer["done"], answer["total"])
            return answer[wanted]
        except CommandFailed as error:
            raise self._explained(error, answer) from error
        except (ValueError, KeyError) as error:
            raise DeviceError(f"{self._ssh.host}: did not answer as the agent does ({error!r}); try again") from error

    def _explained(self, error: CommandFailed, answer: Mapping[str, Any]) -> DeviceError:
        host = self._ssh.host
        if error.not_found:
            return DeviceError(
                f"{host}: has no '{self._python}'; install Python 3.11 or newer there, or name it with --python"
            )
        if "missing" in answer:
            return DeviceError(
                f"{host}: its Python lacks '{answer['missing']}'; install 'ai-edge-litert' there with pip, or name a "
                f"Python that has it with --python"
            )
        return DeviceError(f"{host}: {answer['error']}") if "error" in answer else error
