"""Frames a second of the app's tab Live in headless Chromium, a fake camera of 320x240 that shows a photo."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from machine import machine
from PIL import Image

from facefit.app.fits import Fits
from facefit.app.hosting import Hosting
from facefit.app.supernets import served_supernets

FRAME = (320, 240)
WARM_UP_MS = 5000


def film(photo: Path, out: Path) -> Path:
    """An mjpeg in which the photo moves to and fro."""
    with out.open("wb") as file:
        for i in range(60):
            frame = Image.new("RGB", FRAME, (70, 80, 90))
            frame.paste(Image.open(photo).convert("RGB").resize((FRAME[1], FRAME[1])), (30 + abs(i % 40 - 20), 0))
            frame.save(file, "JPEG", quality=92)
    return out


def live(page: Any, seconds: float) -> dict[str, float]:
    """What the page itself shows at the end, and how long the frames took that it counted."""
    page.get_by_role("button", name="Start the camera").click()
    page.wait_for_selector(".probabilities .likeliest", timeout=120_000)
    page.wait_for_timeout(WARM_UP_MS + 1000 * seconds)
    names = [name.strip() for name in page.locator(".times dt").all_inner_texts()]
    values = [float(text.split()[0]) for text in page.locator(".times dd").all_inner_texts()]
    return dict(zip(names, values, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photo", type=Path, help="a photo of a face, such as one of LFW")
    parser.add_argument("--seconds", type=float, default=20)
    arguments = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch)
        fits = Fits(served_supernets(), folder, lambda line: None)
        fits.prepare()
        camera = film(arguments.photo, folder / "film.mjpeg")
        flags = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", *flags, f"--use-file-for-fake-video-capture={camera}"],
        )
        phone = {k: v for k, v in playwright.devices["Pixel 7"].items() if k != "default_browser_type"}
        page = browser.new_context(**phone).new_page()
        with Hosting(folder, "127.0.0.1", 0).running(fits, lambda line: None) as (invitation, pairing):
            page.goto(invitation.address(pairing.code))
            page.wait_for_selector("body[data-ready]", timeout=120_000)
            page.click("#tab-live")
            figures = live(page, arguments.seconds)
            network = page.locator("#expression-network option:checked").inner_text()
        browser.close()
    json.dump({"network": network, "frame": FRAME, **figures, **machine()}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
