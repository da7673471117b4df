"""The page as plain files, and the Android app around it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from facefit.app.detector_files import detector_files
from facefit.app.networks import Networks
from facefit.app.package import package_page, packaged_networks
from facefit.app.site_files import SITE
from facefit.app.supernets import served_supernets
from facefit.errors import InputError

ANDROID = Path(__file__).parents[3] / "android"
BUILD_TOOLS = ("aapt", "zipalign", "apksigner", "java", "keytool")
CHECK_TOOLS = ("enjarify", "javac")


@pytest.mark.slow
def test_a_packaged_page_has_all_that_the_page_asks_for(tmp_path: Path, networks_folder: Path) -> None:
    networks = Networks(served_supernets(), networks_folder / "networks").made[::2]
    folder = tmp_path / "assets"
    package_page(folder, networks)
    for path in SITE.rglob("*"):
        if path.is_file() and path.name != "service-worker.js":
            place = folder / path.relative_to(SITE)
            assert (place.with_suffix("") if path.suffix == ".gz" else place).is_file(), place
    for name, data in detector_files().items():
        assert (folder / "detector" / f"{name}.tflite").read_bytes() == data
    listed = json.loads((folder / "api" / "models" / "index.json").read_text())["models"]
    assert [entry["card"].get("task") for entry in listed] == ["expression", "identity", None]
    for entry, network in zip(listed, networks, strict=True):
        assert (folder / urlsplit(entry["url"]).path.lstrip("/")).read_bytes() == network.file.read_bytes()
    assert "Content-Security-Policy" in (folder / "index.html").read_text()
    with pytest.raises(InputError, match="not empty"):
        package_page(folder, networks)


@pytest.mark.slow
def test_a_packaged_page_runs_where_the_android_app_shows_it(
    browsers: Any, tmp_path: Path, networks_folder: Path, grey: Path
) -> None:
    """Its address is played by the browser's own hooks, by the rules of `android/smali/Page.smali`."""
    folder = tmp_path / "assets"
    package_page(folder, packaged_networks(networks_folder / "networks"))

    def answer(route: Any) -> None:
        name = urlsplit(route.request.url).path.lstrip("/") or "index.html"
        files = [file for file in (folder / name, folder / name / "index.json") if file.is_file()]
        if files:
            route.fulfill(path=files[0])
        else:
            route.fulfill(status=404, body="")

    browser, phone = browsers()
    context = browser.new_context(**phone, permissions=["clipboard-read", "clipboard-write"])
    context.route("**/*", answer)
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("https://appassets.androidplatform.net/")
    page.wait_for_selector("body[data-ready]", timeout=60_000)
    page.get_by_label("First photo").set_input_files(grey)
    page.get_by_label("Second photo").set_input_files(grey)
    expect(page.locator(".answer")).to_have_text(re.compile("^No face found"), timeout=120_000)
    page.click("#tab-live")
    expect(page.locator("#expression-network option")).to_have_count(1)
    page.click("#tab-match")
    expect(page.locator("#identity-network option")).to_have_count(1)
    page.click("#tab-fit")
    page.get_by_text("This app has the networks that it was built with").wait_for()
    page.click("#tab-measure")
    assert page.locator("input[type=file]").get_attribute("accept") is None  # Android knows no type of that name
    page.locator("select[name=seconds]").select_option("2")
    page.get_by_role("button", name="Measure", exact=True).click()
    copy = page.get_by_role("button", name="Copy as JSON")
    copy.click(timeout=60_000)
    expect(page.locator("#message")).to_contain_text("Copied")
    assert "facefit.browser-latency/1" in page.evaluate("navigator.clipboard.readText()")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed')) }")
    copy.click()
    expect(page.get_by_label("The record as JSON")).to_have_value(re.compile("facefit.browser-latency/1"))
    context.close()
    assert errors == []


@pytest.mark.slow
def test_the_android_app_is_built_signed_and_does_what_it_should(tmp_path: Path) -> None:
    """Its bytecode runs on a JVM against stand-ins for Android; a phone it has not seen."""
    for tool in (*BUILD_TOOLS, *CHECK_TOOLS):
        if shutil.which(tool) is None:
            pytest.skip(f"'{tool}' is not installed: the Android app is neither built nor checked here")
    for file in ("/usr/share/android-framework-res/framework-res.apk", "/usr/share/java/smali.jar"):
        if not Path(file).exists():
            pytest.skip(f"{file} is missing: the Android app is neither built nor checked here")
    places = {"OUT": str(tmp_path / "out"), "FACEFIT_ANDROID_KEY": str(tmp_path / "key.p12"), "PYTHON": sys.executable}
    (tmp_path / "out").mkdir()
    for script in ("build", "check"):
        done = subprocess.run([ANDROID / script], env=os.environ | places, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("the app does what it should\n")
    assert (tmp_path / "key.p12").stat().st_mode & 0o077 == 0
    signer = subprocess.run(
        ["apksigner", "verify", "--print-certs", tmp_path / "out" / "facefit.apk"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "CN=facefit" in signer.stdout
