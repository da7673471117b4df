"""A phone made of shell scripts: an `adb` that knows one folder as the phone, and a `benchmark_model` for it."""

from __future__ import annotations

from pathlib import Path

_ADB = """#!/bin/sh
echo "$@" >> {folder}/log
if [ "$1" = devices ]; then cat {folder}/devices; exit 0; fi
shift 2
if [ -e {folder}/unplugged ]; then echo "adb: error: device not found" >&2; exit 1; fi
case "$1" in
  push)
    shift
    for last; do :; done
    mkdir -p "{folder}$last"
    while [ $# -gt 1 ]; do
      sed "s#/data/local/tmp#{folder}/data/local/tmp#g" "$1" > "{folder}$last$(basename "$1")"
      shift
    done ;;
  shell) echo "$2" | sed "s#/data/local/tmp#{folder}/data/local/tmp#g" | PATH={folder}/phone:$PATH sh ;;
esac
"""

_GETPROP = """#!/bin/sh
case "$1" in
  ro.product.manufacturer) echo Google ;;
  ro.product.model) echo Pixel 7 ;;
  ro.soc.model) echo GS201 ;;
  ro.product.cpu.abi) echo arm64-v8a ;;
  *) echo 14 ;;
esac
"""

TOOL = """#!/bin/sh
for word; do case "$word" in --graph=*) graph=${word#--graph=} ;; --num_threads=*) threads=${word#*=} ;; esac; done
us=$(wc -c < "$graph") || exit 1
echo "INFO: STARTING!"
echo "INFO: Running benchmark for at least 1 iterations and at least 0 seconds but terminate if exceeding 150 seconds."
echo "INFO: count=2 first=99999 curr=9000 min=9000 max=99999 avg=50000 std=450"
echo "INFO: Running benchmark for at least 4 iterations and at least 0.001 seconds"
echo "INFO: count=4 first=$((us + 7)) curr=$((us + 2)) min=$us max=$((us + 7)) avg=$((us + 3)).5 std=2"
echo "INFO: Inference timings in us: Init: 80, First inference: 99999, Warmup (avg): 50000, Inference (avg): $us.5"
"""
"""A model takes as many microseconds as it has bytes."""


class Phone:
    """The scripts in `folder`; `bin` goes on the PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin, self.tool, self.log = folder, folder / "bin", folder / "benchmark_model", folder / "log"
        scripts = {self.bin / "adb": _ADB.format(folder=folder), folder / "phone/getprop": _GETPROP, self.tool: TOOL}
        for path, text in scripts.items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            path.chmod(0o755)
        self.connect({"A1": "device"})

    def connect(self, states: dict[str, str]) -> None:
        """What `adb devices` tells from now on."""
        rows = "".join(f"{serial}\t{state}\n" for serial, state in states.items())
        (self.folder / "devices").write_text(f"* daemon started successfully\nList of devices attached\n{rows}\n")

    def unplug(self, gone: bool = True) -> None:
        (self.folder / "unplugged").touch() if gone else (self.folder / "unplugged").unlink()
