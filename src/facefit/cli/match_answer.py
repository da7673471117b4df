"""What `facefit match` says and answers."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from facefit.errors import counted
from facefit.faces.matching import DescribedFaces, Match, similarities


def figures(
    photos: tuple[Path, Path],
    a: DescribedFaces,
    b: DescribedFaces,
    found: list[Match],
    threshold: float,
    accepted: float | None = None,
) -> dict[str, Any]:
    """For scripts; `accepted` is the share of pairs of one person that pass the threshold, where that is known."""
    missing = [str(photo) for photo, described in zip(photos, (a, b), strict=True) if not described.faces]
    answer = "no face found" if missing else "match" if found else "no match"
    return {
        "answer": answer,
        "without_face": missing,
        "threshold": threshold,
        "true_pairs_refused": None if accepted is None else round(1 - accepted, 6),
        "greatest_similarity": None if missing else float(similarities(a, b).max()),
        "matches": [asdict(pair) for pair in found],
        "faces": [[face.to_json() for face in described.faces] for described in (a, b)],
    }


def told(result: dict[str, Any], photos: tuple[Path, Path], out: Path | None) -> list[str]:
    """Lines for people."""
    lines = [f"{photo}: {counted(len(faces), 'face')}" for photo, faces in zip(photos, result["faces"], strict=True)]
    if result["answer"] == "no match":
        greatest = result["greatest_similarity"]
        lines.append(f"no match: greatest similarity {greatest:.3f}, threshold {result['threshold']:.3f}")
        refused = result["true_pairs_refused"]
        if refused is not None:
            lines.append(f"by its card, {100 * refused:.0f} % of pairs of one person do not reach that either")
    elif result["answer"] == "no face found":
        lines.append(f"no face found in {' and '.join(result['without_face'])}: nothing to compare")
    for pair in result["matches"]:
        lines.append(f"match: face {pair['a'] + 1} and face {pair['b'] + 1}, similarity {pair['similarity']:.3f}")
    return [*lines, f"wrote {out}"] if out else lines
