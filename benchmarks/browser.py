"""The app in a headless Chromium, as a stranger uses it.

Seconds from `facefit app` to a fitted network that runs in the page, bytes over the wire, and how well the browser's
profile predicts subnets that it has not seen.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from headless import headless_chromium, opened, serving_page
from machine import machine
from playwright.sync_api import Browser

from facefit.app.browser import browser_plan
from facefit.app.fits import Fits
from facefit.app.hosting import Hosting
from facefit.app.supernets import served_supernets
from facefit.bundle import TASKS, Bundle
from facefit.device import CompactModels, DeviceProfile, time_rounds
from facefit.device.bench import median_interval
from facefit.device.blocks import spread_subnets
from facefit.device.fit import error_percent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, help="folder of a training run (default: the bundled ones)")
    parser.add_argument("--task", choices=TASKS, default=TASKS[0], help="what is fitted")
    parser.add_argument("--limit", default="0.6x", help="one of those that the page offers")
    parser.add_argument("--unseen", type=int, default=8, help="subnets whose latency is predicted")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with headless_chromium() as chromium, tempfile.TemporaryDirectory() as folder:
        fitted = fit(chromium, args.bundle, args.task, args.limit, Path(folder))
        (profile,) = Path(folder).glob("fits/*/*/profile.json")
        weight = weigh(chromium, args.bundle, Path(folder) / "weight")
        bundle = served_supernets(args.bundle)[args.task]
        unseen = predict(chromium, bundle, DeviceProfile.load(profile), args.unseen, args.seed, Path(folder))
        version = chromium.version
    figures = {"chromium": version, "seed": args.seed, "task": args.task, "limit": args.limit, "machine": machine()}
    print(json.dumps(figures | fitted | {"wire_bytes_of_measure": weight, "unseen": unseen}))


def fit(chromium: Browser, bundle: Path | None, task: str, limit: str, folder: Path) -> dict[str, Any]:
    """From the start of the command to the network in the page, with nothing done but a click."""
    started = time.perf_counter()
    command = [sys.executable, "-c", "from facefit.cli import main; main()", "app", "--host", "127.0.0.1"]
    command += ["--port", "0", "--json", "--out", str(folder), *(["--bundle", str(bundle)] if bundle else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            page, wire = opened(chromium, json.loads(server.stdout.readline())["address"])
            page.click("#tab-fit")
            page.locator(f"input[name=task][value={task}]").check()
            page.locator("select[name=limit]").select_option(limit)
            page.get_by_role("button", name="Fit to this device").click()
            fitted = page.get_by_role("heading", name="Fitted to this device")
            broken_off = page.get_by_role("button", name="Go on with the fit")
            fitted.or_(broken_off).first.wait_for(timeout=1_200_000)
            if broken_off.is_visible():
                raise SystemExit(f"the fit ended: {page.locator('#alarm').inner_text()}")
            seconds = time.perf_counter() - started
            rows = page.locator("section.result dl").inner_text().splitlines()
            page.context.close()
        finally:
            server.terminate()
    shown = dict(zip(rows[::2], rows[1::2], strict=False))
    return {"seconds_to_fitted": seconds, "wire_bytes_of_fit": sum(wire), "shown": shown}


def weigh(chromium: Browser, bundle: Path | None, folder: Path) -> int:
    """Bytes over the wire until a device that was never here has measured the networks that the page begins with."""
    fits = Fits(served_supernets(bundle), folder, lambda line: None)
    with Hosting(folder, "127.0.0.1", 0).running(fits, lambda line: None) as (invitation, pairing):
        page, wire = opened(chromium, invitation.address(pairing.code))
        page.click("#tab-measure")
        page.locator("input[name=pick]").first.wait_for(timeout=120_000)
        page.get_by_role("button", name="Measure", exact=True).last.click()
        page.locator("section.latency").first.wait_for(timeout=120_000)
        page.context.close()
    return sum(wire)


def predict(
    chromium: Browser, bundle: Bundle, profile: DeviceProfile, n: int, seed: int, folder: Path
) -> dict[str, Any]:
    """Errors of the profile on subnets that it has not seen, timed in the page right afterwards."""
    space, rng = bundle.space, np.random.default_rng(seed)
    subnets, models = spread_subnets(space, n, rng), CompactModels()
    files = {str(i): models.network(space, s, bundle.outputs, profile.depthwise7) for i, s in enumerate(subnets)}
    with serving_page(chromium, folder) as backend:
        timings = time_rounds(backend, files, rng, protocol=browser_plan().protocol, rounds=4, at_least_s=0)
    measured = [timings[str(i)].ms for i in range(n)]
    errors = error_percent([profile.predict_ms(space, s) for s in subnets], measured)
    return {
        "n": n,
        "median_percent": float(np.median(errors)),
        "median_interval": median_interval(np.array(errors)),
        "errors_percent": [round(e, 2) for e in errors],
    }


if __name__ == "__main__":
    main()
