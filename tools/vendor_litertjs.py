"""Brings LiteRT.js into the page's folder, packed: `python tools/vendor_litertjs.py` (needs npm and the network).

Only what a page loads is kept: the module, its loader of WebAssembly, and WebAssembly with and without relaxed SIMD.
The one import between the two modules is made relative, since workers know no import maps; nothing else is changed.
"""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path

TARGET = Path(__file__).parents[1] / "src" / "facefit" / "app" / "site" / "vendor" / "litert"
VERSION = "2.5.3"
PACKAGES = {
    "@litertjs/core": "a97660833e9e7e1063c95e12016718881240b14f7438728a2f62785e912d30fd",
    "@litertjs/wasm-utils": "ce2a1f8379c067be49e59752e5a7f40db6be09f6e497f0f11e59f17b515366a7",
}
"""SHA-256 of each archive."""
FILES = {
    "@litertjs/core": {
        "dist/index.js": "litert.js",
        "wasm/litert_wasm_internal.js": "litert_wasm_internal.js",
        "wasm/litert_wasm_internal.wasm": "litert_wasm_internal.wasm",
        "wasm/litert_wasm_compat_internal.js": "litert_wasm_compat_internal.js",
        "wasm/litert_wasm_compat_internal.wasm": "litert_wasm_compat_internal.wasm",
    },
    "@litertjs/wasm-utils": {"dist/index.js": "wasm-utils.js"},
}


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    for package, digest in PACKAGES.items():
        with tempfile.TemporaryDirectory() as folder:
            archive = _archive(package, Path(folder))
            seen = hashlib.sha256(archive.read_bytes()).hexdigest()
            if seen != digest:
                raise SystemExit(f"{package} {VERSION}: SHA-256 is {seen}, expected {digest}")
            with tarfile.open(archive) as files:
                for source, name in FILES[package].items():
                    file = files.extractfile(f"package/{source}")
                    assert file is not None
                    packed = gzip.compress(_relative(file.read()) if name.endswith(".js") else file.read(), 9, mtime=0)
                    (TARGET / f"{name}.gz").write_bytes(packed)


def _archive(package: str, folder: Path) -> Path:
    command = ["npm", "pack", "--silent", f"{package}@{VERSION}"]
    name = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.split()[-1]
    return folder / name


def _relative(module: bytes) -> bytes:
    lines = module.replace(b'from "@litertjs/wasm-utils"', b'from "./wasm-utils.js"').splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(b"//# sourceMappingURL"))


if __name__ == "__main__":
    main()
