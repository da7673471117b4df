"""First lines of the agent on a distant device: whatever Python is there can read them and say what it lacks."""

import json
import os
import sys


def start() -> int:
    """Runs the agent; the models lie beside its archive."""
    if sys.version_info < (3, 11):  # noqa: UP036  # this file alone runs on Pythons that are too old for the rest
        print(json.dumps({"error": "has Python " + sys.version.split()[0] + "; expected 3.11 or newer"}))
        return 2
    from pathlib import Path

    try:
        from facefit.device.agent import main
    except ModuleNotFoundError as error:
        print(json.dumps({"missing": error.name}))
        return 2
    return main(sys.argv[1], Path(os.path.dirname(os.path.abspath(sys.argv[0]))) / "models")


if __name__ == "__main__":
    sys.exit(start())
