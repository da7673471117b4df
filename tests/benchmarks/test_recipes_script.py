"""Recipes at equal compute: compared photo by photo, finished ones not trained again."""

from __future__ import annotations

from pathlib import Path

import pytest
from calls import Call
from made_up_ferplus import write_ferplus

from facefit.artifacts import read_json

pytestmark = pytest.mark.slow
SANDWICH = """
about: sandwich rule
labels: votes
recipe:
  width: 0.25
  resolutions: [24, 32]
  phases:
    - {epochs: 2, batch: 16, resolutions: [24, 32], random: 1}
"""
PLAIN = "like: sandwich\nabout: without a teacher\nlabels: hard\nrecipe: {distillation: 0}\n"
RANDOM = "like: sandwich\nabout: nothing known\nstart: random\n"
OTHER = RANDOM + "recipe: {distillation: 0.9}\n"


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    folder = tmp_path / "recipes"
    folder.mkdir()
    (folder / "sandwich.yaml").write_text(SANDWICH)
    (folder / "plain.yaml").write_text(PLAIN)
    (folder / "from-random.yaml").write_text(RANDOM)
    (folder / "other.yaml").write_text(OTHER)
    return folder


def test_differences_are_paired_and_results_kept(script: Call, recipes: Path, ferplus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    order = ("recipes.py", "--out", out, "--folder", recipes, "--epochs", 1, "--images", 64, "--random", 3)
    first = script(*order, "--data", ferplus)
    assert first.code == 0, first
    rows = {row["recipe"]: row for row in first.json["rows"]}
    assert rows.keys() == {"sandwich", "plain", "other"} and first.json["against"] == "sandwich"
    for who in ("largest", "smallest", "random"):
        minus = rows["plain"][who]["minus_sandwich"]
        apart = rows["plain"][who]["value"] - rows["sandwich"][who]["value"]
        assert minus["value"] == pytest.approx(apart) and minus["interval"][0] <= apart <= minus["interval"][1]
        assert rows["sandwich"][who]["minus_sandwich"]["interval"] == [0, 0]
    assert [row["random"]["value"] for row in first.json["rows"]] == sorted(
        (row["random"]["value"] for row in rows.values()), reverse=True
    )
    table = [line.split("|") for line in first.out.splitlines() if line.startswith("|")]
    assert len(table) == 5 and len({len(line) for line in table}) == 1 and "minus sandwich" in first.out
    assert "All begin with random weights. One seed: what seeds differ by is unknown. The best of 3" in first.out
    (out / "plain" / "seed-0" / "answers.npz").unlink()
    metrics = (out / "plain" / "seed-0" / "metrics.jsonl").read_text()
    again = {row["recipe"]: row for row in script(*order, "--data", ferplus).json["rows"]}
    assert again["plain"]["largest"] == rows["plain"]["largest"] and again["sandwich"] == rows["sandwich"]
    assert (out / "plain" / "seed-0" / "metrics.jsonl").read_text() == metrics
    other = script(*order, "--data", write_ferplus(tmp_path / "others", photos=120))
    assert other.code == 1 and "holds a run with another" in other.err


def test_several_seeds_have_an_interval_of_their_own(
    script: Call, recipes: Path, ferplus: Path, start_weights: Path, tmp_path: Path
) -> None:
    order = ("recipes.py", "--data", ferplus, "--out", tmp_path / "out", "--folder", recipes, "--epochs", 0.1)
    few = (*order, "--recipes", "from-random", "--start", start_weights, "--images", 32, "--random", 3, "--seeds")
    done = script(*few, 0, 1, 2)
    assert done.code == 0, done
    row = done.json["rows"][0]
    assert row["seeds"] == [0, 1, 2] and len(row["seconds_since_resumed"]) == 3
    assert row["largest"]["interval"][0] <= row["largest"]["value"] <= row["largest"]["interval"][1]
    assert done.json["start"] == str(start_weights) and "One seed" not in done.out
    assert '"nothing known": from random weights; all others begin with start.safetensors (training not' in done.out
    starts = {row["recipe"]: row["start"] for row in done.json["rows"]}
    assert starts == {"sandwich": str(start_weights), "from-random": None}
    for name, licence in (("sandwich", "free"), ("from-random", None)):
        kept = read_json(tmp_path / "out" / name / "seed-2" / "result.json", "result")["facts"]["start"]
        assert (kept and kept["licence"]) == licence
    two = script(*few, 0, 1)
    assert two.code == 2 and "one seed or three" in two.err
    (recipes / "from-random.yaml").write_text("like: sandwich\nabout: nothing known\nstart: elsewhere\n")
    wrong = script(*few, 0)
    assert wrong.code == 1 and "from-random.yaml: start is 'elsewhere'; expected random" in wrong.err
