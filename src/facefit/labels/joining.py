"""Joining a Ray cluster, and what to do where that fails.

Ray works on the machines of a cluster, where it looks for its own processes; elsewhere it needs its client, which has
an address of another kind and a port of its own (https://docs.ray.io, 'Ray Client').
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from facefit.errors import InputError, require

LOCAL, AUTO, CLIENT = "local", "auto", "ray://"
_CONNECT_SECONDS = 10.0


@contextmanager
def joined(ray: Any, address: str, workers: int) -> Iterator[None]:
    """Connected to the cluster of an address, as `RayCluster` has them, within the block.

    Raises `InputError` if there is no cluster, or none that this Ray or this machine can work with, and `MissingExtra`
    for one elsewhere without Ray's client.
    """
    check_reachable(address)
    if address.startswith(CLIENT):
        require("grpc", "scale", "labelling on a cluster elsewhere")
    quiet = {"log_to_driver": False, "logging_level": "ERROR", "include_dashboard": False}
    where = {"num_cpus": workers} | quiet if address == LOCAL else {"logging_level": "ERROR"}
    try:
        ray.init(address=address, **where)
    except (ConnectionError, ValueError, OSError, TimeoutError) as error:
        raise _not_joined(address, error) from error
    except RuntimeError as error:
        raise unusable(address, error) from error
    try:
        yield
    finally:
        ray.shutdown()


def unusable(address: str, error: RuntimeError) -> InputError:
    """Of a cluster that is there, but of another version of Ray or Python."""
    return InputError(
        f"--ray {address}: {' '.join(str(error).split())}; install the same Ray and Python here and there"
    )


def check_reachable(address: str) -> None:
    """Raises `InputError` where nobody listens, which Ray itself takes minutes to find out."""
    if address in (LOCAL, AUTO):
        return
    host, _, port = address.removeprefix(CLIENT).rpartition(":")
    try:
        socket.create_connection((host, int(port)), _CONNECT_SECONDS).close()
    except (OSError, ValueError) as error:
        raise _no_cluster(address, error) from error


def _not_joined(address: str, error: Exception) -> InputError:
    """Where somebody listens at HOST:PORT and Ray fails for all that, it has most likely found no process of the
    cluster here, which it says in the cause alone."""
    if address in (LOCAL, AUTO) or address.startswith(CLIENT):
        return _no_cluster(address, error)
    host, _, _ = address.rpartition(":")
    return InputError(
        f"--ray {address}: Ray cannot join the cluster from here ({_in_short(error.__cause__ or error)}); on one of "
        f"its machines run 'ray start --address={address}' first, elsewhere give its client port: --ray "
        f"{CLIENT}{host}:10001"
    )


def _no_cluster(address: str, error: Exception) -> InputError:
    return InputError(
        f"--ray {address}: no cluster answers ({_in_short(error)}); expected 'auto' or HOST:PORT on one of its "
        f"machines, {CLIENT}HOST:10001 elsewhere, or 'local'"
    )


def _in_short(error: BaseException) -> str:
    """The first line and, since Ray's client hands on whole tracebacks of the other side, the last."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return " ".join(dict.fromkeys([lines[0], lines[-1]]))
