"""What several processes have to agree on, so that none waits for ever for one that has met an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from facefit.errors import FacefitError, InputError
from facefit.training.engine import Engine

T = TypeVar("T")


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
    said = engine.together({"leader": _words(failed)} if failed else {})
    if failed:
        raise failed
    if said:
        raise InputError(said["leader"])


def by_all(engine: Engine, act: Callable[[], T]) -> T:
    """Has every process do its own part, such as reading photos, and waits until all have; returns this one's answer.

    What some of them meet ends all with an `InputError` that says it. Where nobody meets anything that costs one
    short message, and nothing where there is one process, which raises what it meets.
    """
    if engine.processes == 1:
        return act()
    failed: Exception | None = None
    try:
        answer = act()
    except Exception as error:
        failed = error
    if not engine.anywhere(failed is not None):
        return answer
    said = engine.together({str(engine.rank): _words(failed)} if failed else {})
    if failed and not isinstance(failed, FacefitError):
        raise failed  # a mistake of ours, which shows where it came from
    same = len(said) == engine.processes and len(set(said.values())) == 1
    raise InputError(next(iter(said.values())) if same else _by_rank(said)) from failed


def check_alike(engine: Engine, said: str, remedy: str) -> None:
    """Raises `InputError`, in all processes, where they say different things of what has to be the same."""
    everybody = engine.together({str(engine.rank): said})
    if len(set(everybody.values())) > 1:
        told = _by_rank(everybody)
        raise InputError(f"processes have different things in hand ({told}); expected the same for all: {remedy}")


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _by_rank(said: Mapping[str, str]) -> str:
    """Who says what, in one line."""
    return "; ".join(f"process {rank}: {own}" for rank, own in sorted(said.items(), key=lambda one: int(one[0])))
