"""Which Ray cluster is meant where none is named."""

from __future__ import annotations

import os

from facefit.labels.joining import AUTO, LOCAL, unusable

ADDRESS = "RAY_ADDRESS"
"""The environment variable that Ray itself reads."""


def nearest_address() -> tuple[str, str]:
    """The address that the environment names, else that of the cluster that this machine belongs to, else one to start
    here; and why, in words. An address of the environment is taken at its word, whether anybody answers there or not.
    Raises `InputError` for a cluster of another version of Ray or Python.
    """
    if given := os.environ.get(ADDRESS):
        return given, f"as {ADDRESS} says"
    import ray

    try:
        ray.init(address=AUTO, logging_level="ERROR", log_to_driver=False)
    except ConnectionError:
        return LOCAL, "this machine belongs to no cluster, so one is started here, of --workers, for this call"
    except RuntimeError as error:
        raise unusable(AUTO, error) from error
    ray.shutdown()
    return AUTO, "the cluster that this machine belongs to"
