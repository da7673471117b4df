"""What several processes have to agree on, so that none waits for ever for one that has met an error."""

from __future__ import annotations

from collections.abc import Callable

from facefit.errors import InputError
from facefit.training.engine import Engine


def by_leader(engine: Engine, act: Callable[[], object]) -> None:
    """Has the leading process do what the others depend on, such as writing a file, and waits until it is done.

    What is raised there is raised here; the other processes raise `InputError` with the same words.
    """
    failed: Exception | None = None
    if engine.leads:
        try:
            act()
        except Exception as error:
            failed = error
    said = engine.together({"leader": str(failed) or type(failed).__name__} if failed else {})
    if failed:
        raise failed
    if said:
        raise InputError(said["leader"])


def check_alike(engine: Engine, said: str, remedy: str) -> None:
    """Raises `InputError`, in all processes, where they say different things of what has to be the same."""
    everybody = engine.together({str(engine.rank): said})
    if len(set(everybody.values())) > 1:
        told = "; ".join(
            f"process {rank}: {own}" for rank, own in sorted(everybody.items(), key=lambda one: int(one[0]))
        )
        raise InputError(f"processes have different things in hand ({told}); expected the same for all: {remedy}")
