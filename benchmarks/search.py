"""Seconds of one search over limits and seeds, with a profile measured before; and whether seeds repeat."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from machine import machine

from facefit.bundle import Bundle
from facefit.device import DeviceProfile
from facefit.search import search


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", type=Path, required=True, help="written by 'facefit profile' or in a run folder")
    parser.add_argument("--limits", nargs="+", default=["0.4x", "0.5x", "0.6x", "0.8x"])
    parser.add_argument("--seeds", type=int, default=5)
    args = parser.parse_args()
    bundle, profile = Bundle.load(), DeviceProfile.load(args.profile)
    rows, repeats = [], True
    for limit in args.limits:
        limit_ms = profile.limit_ms(limit)
        found = [search(bundle.space, bundle.preference(), profile, limit_ms, seed=seed, surrogate=bundle.surrogate)
                 for seed in range(args.seeds)]  # fmt: skip
        again = search(bundle.space, bundle.preference(), profile, limit_ms, seed=0, surrogate=bundle.surrogate)
        repeats &= again.subnet == found[0].subnet
        rows.append({
            "limit": limit,
            "limit_ms": limit_ms,
            "seconds_median": float(np.median([f.seconds for f in found])),
            "seconds_max": max(f.seconds for f in found),
            "predicted_ms_max": max(f.predicted_ms for f in found),
            "predicted_accuracy": sorted(float(f.predicted_accuracy or 0) for f in found),
        })  # fmt: skip
    print(json.dumps({"seeds": args.seeds, "same_seed_same_subnet": repeats, "machine": machine(), "searches": rows}))


if __name__ == "__main__":
    main()
