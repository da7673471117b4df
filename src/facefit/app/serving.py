"""Runs the server: a socket, uvicorn, and the end of both."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from facefit.errors import InputError


@dataclass(frozen=True, slots=True)
class Tls:
    """Files of a certificate and its key."""

    certificate: Path
    key: Path


def bound_socket(host: str, port: int) -> socket.socket:
    """A socket for the server, at which clients may wait already; port 0 is any free one.

    Raises `InputError` if the port is taken or may not be used.
    """
    # asyncio answers without delay (TCP_NODELAY) only where the socket says that it is TCP
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen()
    except OSError as error:
        made.close()
        raise InputError(
            f"port {port} on {host} cannot be used ({error.strerror}); give another one with --port"
        ) from error
    return made


def server(app: Starlette, tls: Tls | None = None) -> uvicorn.Server:
    """uvicorn with bounds: no header of ours is long, and no device keeps many connections."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            limit_concurrency=256,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=1,
            server_header=False,
            ssl_certfile=tls.certificate if tls else None,
            ssl_keyfile=tls.key if tls else None,
        )
    )


@contextmanager
def serving(app: Starlette, listening: socket.socket, tls: Tls | None = None) -> Iterator[None]:
    """Serves in a thread of its own as long as the block runs."""
    running = server(app, tls)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True, name="facefit server")
    thread.start()
    try:
        yield
    finally:
        running.should_exit = True
        thread.join(timeout=5)
        listening.close()
