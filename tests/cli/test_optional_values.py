"""Options that may stand without a value."""

from __future__ import annotations

from pathlib import Path

import pytest
from calls import Call

from facefit.cli.optional_values import completed
from facefit.labels import cluster, nearest_cluster


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("run --ray", "run --ray near"),
        ("--ray --data x run", "--ray near --data x run"),
        ("--ray auto run", "--ray auto run"),
        ("--ray=auto run", "--ray=auto run"),
        ("--rays -x", "--rays -x"),
        ("--ray -- run --ray", "--ray near -- run --ray"),
        ("", ""),
    ],
)
def test_a_value_is_put_in_where_none_follows(given: str, meant: str) -> None:
    assert completed(given.split(), {"--ray": "near"}) == meant.split()


def test_label_asks_for_the_nearest_cluster(
    call: Call, bundle_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, int]] = []
    monkeypatch.setattr(nearest_cluster, "nearest_address", lambda: ("local", "because"))
    monkeypatch.setattr(cluster, "RayCluster", lambda address, workers: seen.append((address, workers)))
    nowhere = tmp_path / "nowhere"
    assert call("label", bundle_folder, "--workers", 2, "--data", nowhere, "--ray").code == 2
    told = call("label", bundle_folder, "--ray", "--data", nowhere)
    assert "--ray local: because" in told.out
    call("label", bundle_folder, "--ray", "auto", "--data", nowhere).is_mistake("nowhere")
    assert seen == [("local", 2), ("local", 1), ("auto", 1)]
    assert "[ADDRESS]" in call("label", "--help").out
