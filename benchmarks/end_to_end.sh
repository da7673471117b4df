#!/usr/bin/env bash
# A stranger's way: fresh clone, fresh environment, install, fit. Prints the seconds of each and the fit's JSON line.
set -euo pipefail
source_repository=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
git clone --quiet "$source_repository" "$scratch/facefit"
cd "$scratch/facefit"
started=$(date +%s)
"${PYTHON:-python3}" -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet .
echo "install: $(($(date +%s) - started)) s, $(du -sm "$scratch/venv" | cut -f1) MB"
started=$(date +%s)
"$scratch/venv/bin/facefit" fit --json
echo "fit: $(($(date +%s) - started)) s"
