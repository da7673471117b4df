#!/usr/bin/env bash
# A stranger's way: fresh clone, fresh environment, install, fit. Prints the seconds of each and what was promised:
# at most 3 minutes for the fit, the measured latency within the limit (3 %), the predicted one within 5 % of it.
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
"$scratch/venv/bin/facefit" fit --json | tee "$scratch/fit.json"
"$scratch/venv/bin/python" - "$scratch/fit.json" "$(($(date +%s) - started))" <<'PYTHON'
import json
import sys

from facefit.space.budget import keeps_limit

fit, seconds = json.loads(open(sys.argv[1]).read().splitlines()[-1]), int(sys.argv[2])
of_limit, error = fit["measured_ms"] / fit["limit_ms"], fit["predicted_ms"] / fit["measured_ms"] - 1
print(f"fit: {seconds} s; measured {100 * of_limit:.1f} % of the limit; predicted {100 * error:+.1f} % of measured")
sys.exit(not (seconds <= 180 and keeps_limit(fit["measured_ms"], fit["limit_ms"]) and abs(error) <= 0.05))
PYTHON
