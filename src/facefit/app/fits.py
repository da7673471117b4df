"""Fits for paired browsers: `facefit.fit` with a browser as its device, one run folder for each device and space."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from facefit.app.browser import BrowserBackend, browser_plan
from facefit.app.jobs import Job
from facefit.app.limits import Refused
from facefit.app.networks import Network, Networks
from facefit.app.supernets import SuperNets
from facefit.app.wish import Wish
from facefit.app.work import Desk
from facefit.artifacts import read_json, write_bytes
from facefit.bundle import Bundle
from facefit.device import CompactModels, Identity, LatencyLimit, Plan, Portions
from facefit.errors import ArtifactError, FacefitError, InputError
from facefit.fit import Order, fit_device
from facefit.fit.folder import DESCRIPTOR
from facefit.fit.machine import PROFILE

_PATIENCE_SECONDS = 600.0
_AT_ONCE = 8
"""Fits that may wait for their browsers at a time; each keeps its models in memory."""
Tell: TypeAlias = Callable[[str], None]


class Fits:
    """The fits of all sessions, for the tasks of the SuperNets; run folders go into `folder`, lines for the terminal to
    `tell`."""

    name = "fit"

    def __init__(self, supernets: SuperNets, folder: Path, tell: Tell, plan: Plan | None = None, seed: int = 0) -> None:
        self._supernets, self._folder, self._tell = supernets, folder / "fits", tell
        self._made = Networks(supernets, folder / "networks")
        self._plan, self._seed = plan or browser_plan(), seed
        self._jobs: dict[str, Job] = {}

    def start(self, session: str, identity: Identity, wish: Wish) -> Job:
        """Begins a fit, or goes on with one that broke off; one of the same session that still runs is ended.

        A profile of the same browser for the same space is used again, whatever task it was measured for, unless
        everything is to be measured anew.

        Raises `Refused`: 400 for a limit or a task that means nothing, 503 if too many fits run.
        """
        self._check(wish)
        if earlier := self._jobs.pop(session, None):
            earlier.desk.close()
        if sum(job.running for job in self._jobs.values()) >= _AT_ONCE:
            raise Refused(503, f"{_AT_ONCE} devices are being measured already; try again when one is through")
        desk = Desk(_PATIENCE_SECONDS)
        desk.introduce(identity)
        job = self._jobs[session] = Job(desk, wish)
        order = Order(self._run_folder(session, wish.task), wish.limit, seed=self._seed, budget=wish.budget)
        if wish.anew:
            for run in (order.out, *self._same_space(session, wish.task)):
                _forget(run)
        else:
            self._take_profile(session, wish.task)
        job.start(lambda: self._fit(job, self._supernets[wish.task], order))
        return job

    def job(self, session: str) -> Job | None:
        """The last fit of a session since this server started."""
        return self._jobs.get(session)

    def prepare(self) -> None:
        """Makes the networks that need no fit, in a thread, so that the first page need not wait for them."""
        threading.Thread(target=lambda: self._made.made, daemon=True, name="facefit networks").start()

    def networks(self, session: str) -> list[Network]:
        """What the page of a session can choose, best first."""
        fitted = (self._fitted(session, task) for task in self._supernets)
        return [*filter(None, fitted), *self._made.made]

    def close(self) -> None:
        """Ends all fits; what was measured is kept."""
        for job in self._jobs.values():
            job.desk.close()

    def _check(self, wish: Wish) -> None:
        if wish.task not in self._supernets:
            raise Refused(400, f"'task' is '{wish.task}'; expected one of {', '.join(self._supernets)}")
        try:
            LatencyLimit.parse(wish.limit)
        except InputError as error:
            raise Refused(400, str(error)) from error

    def _fit(self, job: Job, bundle: Bundle, order: Order) -> dict[str, Any]:
        device, task = job.desk.identity(), bundle.metadata.task
        self._tell(f"fitting for {task} to {device.device}, {device.runtime_version}, within {order.limit}")
        backend = BrowserBackend(job.desk, Portions(order.out / f"{PROFILE}.portions"))
        try:
            fitted = fit_device(bundle, order, backend, job.stage, self._plan, CompactModels())
        except (ArtifactError, InputError):
            _forget(order.out)  # a profile that makes no sense would make none the next time either
            raise
        self._tell(f"wrote {fitted.file}: {fitted.measured_ms:.2f} ms there, limit {fitted.limit_ms:.2f} ms")
        profile = read_json(order.out / PROFILE, "the profile of this device")
        errors = {name: profile[name] for name in ("error_median_percent", "error_p90_percent", "held_out_networks")}
        return fitted.to_json() | errors | {"file": fitted.file.name, "limit": order.limit, "task": task}

    def _fitted(self, session: str, task: str) -> Network | None:
        """What was fitted to the session's device for a task, in this run of the server or an earlier one."""
        run = self._run_folder(session, task)
        if not (run / DESCRIPTOR).exists():
            return None
        try:
            limit = str(read_json(run / "search.json", "the record of a search").get("limit"))
            return Networks.fitted(run, task, limit)
        except FacefitError:
            return None  # a run that was cut off between two files; the next one mends it

    def _same_space(self, session: str, task: str) -> list[Path]:
        """Run folders of other tasks whose SuperNets are of the same space."""
        space = self._supernets[task].space
        others = [name for name, bundle in self._supernets.items() if name != task and bundle.space == space]
        return [self._run_folder(session, name) for name in others]

    def _take_profile(self, session: str, task: str) -> None:
        """What was measured for another task of the same space, where nothing was for this one."""
        mine = self._run_folder(session, task) / PROFILE
        for run in self._same_space(session, task):
            if (run / PROFILE).exists() and not mine.exists():
                mine.parent.mkdir(parents=True, exist_ok=True)
                write_bytes(mine, (run / PROFILE).read_bytes())

    def _run_folder(self, session: str, task: str) -> Path:
        """Named after the space too: a SuperNet of another one needs a profile of its own, and the first is kept."""
        space = json.dumps(self._supernets[task].space.to_json(), sort_keys=True)
        return self._folder / session / f"{task}-{hashlib.sha256(space.encode()).hexdigest()[:8]}"


def _forget(run: Path) -> None:
    """Removes the profile of a run folder, whole or unfinished."""
    for file in run.glob(f"{PROFILE}*"):
        file.unlink(missing_ok=True)
