"""The profile that a fit uses: the one given, the one in the run folder, or a new one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeAlias

import numpy as np

from facefit.device import BROWSER_RUNTIME, Backend, DeviceProfile, Identity, LocalBackend, Plan, profile_device
from facefit.device.circumstances import usable_cpus
from facefit.device.models import Models
from facefit.device.timing import Progress
from facefit.errors import ArtifactError, InputError
from facefit.fit.order import Order
from facefit.space import SearchSpace

Stage: TypeAlias = Callable[[str], AbstractContextManager[Progress]]
"""Called with the name of a long piece of work; the context takes its progress."""

PROFILE = "profile.json"
_ELSEWHERE = "for another device: 'facefit search' and 'facefit export', or a '--profile' for each of several"


def machine_profile(
    space: SearchSpace,
    backend: Backend,
    order: Order,
    stage: Stage,
    plan: Plan | None = None,
    models: Models | None = None,
) -> tuple[DeviceProfile, bool]:
    """The profile, saved in the run folder, and whether it was measured just now.

    A profile in the run folder is used again if it is of this machine, runtime, number of threads and space; an
    interrupted one goes on. Raises `InputError` if the profile given is of another machine or space.
    """
    saved = order.out / PROFILE
    if order.profile:
        given = DeviceProfile.load(order.profile)
        if misfit := _misfit(given, space, backend, order.profile):
            raise InputError(misfit)
        given.save(saved)
        return given, False
    if saved.exists():
        earlier = _earlier(saved)
        if _misfit(earlier, space, backend, saved) is None:
            return earlier, False
    rng, partial = np.random.default_rng(order.seed), order.out / f"{PROFILE}.partial"
    with stage("profiling this machine") as progress:
        made = profile_device(space, backend, rng=rng, plan=plan, models=models, partial=partial, progress=progress)
    made.save(saved)
    partial.unlink(missing_ok=True)
    return made, True


def local_backend(profile: DeviceProfile) -> Backend | None:
    """This machine with the profile's number of threads, if that is what the profile is of."""
    threads = profile.identity.threads
    if not 1 <= threads <= len(usable_cpus()):
        return None
    backend = LocalBackend(threads)
    return backend if backend.identity() == profile.identity else None


def _earlier(saved: Path) -> DeviceProfile:
    try:
        return DeviceProfile.load(saved)
    except ArtifactError as error:
        raise ArtifactError(f"{error}: delete {saved} and fit again") from error


def open_folder(folder: Path) -> None:
    """Makes the run folder; raises `InputError` if nothing can be written there, before any long work."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"facefit")
    except OSError as error:
        raise InputError(f"{folder}: cannot be written to ({error.strerror}); choose another folder") from error


def _misfit(profile: DeviceProfile, space: SearchSpace, backend: Backend, path: Path) -> str | None:
    """Why the profile in `path` does not serve this machine and space, and what to do."""
    if profile.space != space:
        return (
            f"{path}: is for the space {profile.space.name} at {profile.space.resolutions} px, not for this "
            f"SuperNet's; measure one with 'facefit profile' and the --task or --bundle of this fit"
        )
    here, there = backend.identity(), profile.identity
    if (here.runtime == BROWSER_RUNTIME) != (there.runtime == BROWSER_RUNTIME):
        where, target = "a browser", "a native runtime"
        if here.runtime == BROWSER_RUNTIME:
            where, target = target, where
        return (
            f"{path}: was timed in {where} ({there.runtime}), which tells nothing of {target}: WebAssembly slows each "
            f"block by a factor of its own; {_ELSEWHERE}"
        )
    if here == there:
        return None
    if (here.device, here.runtime) != (there.device, there.runtime):
        return f"{path}: is of {there}; expected this machine: {here}; {_ELSEWHERE}"
    return f"{path}: {_outdated(there, here, path)}"


def _outdated(there: Identity, here: Identity, path: Path) -> str:
    """What has changed on the same device and runtime, the version, the number of threads or both, and what to do."""
    if there.runtime_version == here.runtime_version:
        return (
            f"is for {there.threads} thread(s), and this fit for {here.threads}; give '--threads {there.threads}', or "
            f"measure another one with 'facefit profile --threads {here.threads}'"
        )
    threads = f" for {there.threads} thread(s)" if there.threads != here.threads else ""
    wanted = f" --threads {here.threads}" if here.threads > 1 else ""
    return (
        f"is of {there.runtime} {there.runtime_version}{threads}, and this machine has {here.runtime_version} now; "
        f"measure it anew with 'facefit profile --out {path}{wanted}' and the --task or --bundle of this fit, if any"
    )
