"""Finalists of `facefit search`: measured, timed where the device is here, and kept after Ctrl-C."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from calls import Call
from lessons import noise_folders

from facefit import DeviceProfile
from facefit.cli.latency import told_verdict
from facefit.device import LocalBackend, Timing
from facefit.fit.retiming import REFERENCE
from facefit.fit.wanted import Interrupted, Wanted
from facefit.search import SearchResult

Slowness = Callable[[int], float]


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    return noise_folders(tmp_path / "faces", photos=60, side=32)


def time_by(monkeypatch: pytest.MonkeyPatch, ms_of: Slowness) -> list[int]:
    """This machine takes `ms_of(how many timings before)` for finalists, and 40 ms for EfficientNet-B0."""
    counts: list[int] = []

    def time(self: LocalBackend, models: Mapping[str, bytes], *_: object, **__: object) -> dict[str, Timing]:
        counts.append(len(models))
        ms = ms_of(len(counts) - 1)
        return {name: Timing((40.0,) * 3 if name == REFERENCE else (ms, ms, 1.01 * ms)) for name in models}

    monkeypatch.setattr(LocalBackend, "time", time)
    return counts


def test_they_are_timed_where_the_profile_is_of_this_machine(
    call: Call, bundle_folder: Path, profile_file: Path, faces: Path
) -> None:
    arguments = ("search", "--profile", profile_file, "--bundle", bundle_folder, "--limit", "100ms", "--json")
    predicted = call(*arguments).json
    assert predicted["measured_ms"] is predicted["measured_ms_interval"] is None
    low, high = predicted["predicted_ms_interval"]
    assert low < predicted["predicted_ms"] < high
    answer = call(*arguments, "--finalists", faces)
    assert answer.code == 0, answer
    low, high = answer.json["measured_ms_interval"]
    assert low <= answer.json["measured_ms"] <= high and f"latency measured {answer.json['measured_ms']:.3f} ms" in (
        answer.err
    )
    timed = [finalist["measured_ms"] is not None for finalist in answer.json["finalists"]]
    assert timed == [True] * 4 + [False] * (len(timed) - 4)
    (chosen,) = [finalist for finalist in answer.json["finalists"] if finalist["chosen"]]
    assert chosen["subnet"] == answer.json["subnet"] and chosen["measured_ms"] == answer.json["measured_ms"]
    assert "another device" not in answer.err


def test_the_profile_of_another_device_is_told_and_nothing_is_timed(
    call: Call, bundle_folder: Path, profile_file: Path, faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    timed, profile = time_by(monkeypatch, lambda _: 1.0), DeviceProfile.load(profile_file)
    board = tmp_path / "board.json"
    replace(profile, identity=replace(profile.identity, device="Board")).save(board)
    (faces / "sadness" / "broken.png").write_text("no image")
    answer = call(
        "search", "--profile", board, "--bundle", bundle_folder, "--limit", "100ms", "--json", "--finalists", faces
    )
    assert answer.code == 0 and not timed
    assert "the profile is of another device" in answer.err and "Board" in answer.err
    assert "1 image could not be read: left out; first: sadness/broken.png" in answer.err
    assert answer.json["measured_ms"] is None and answer.json["accuracy_kind"] == "measured on the search split"


def test_a_promise_that_is_not_kept_is_searched_again_and_told(
    call: Call, bundle_folder: Path, profile_file: Path, faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_ms = 0.5 * DeviceProfile.load(profile_file).reference_ms
    # Rounds come in twos: the first search measures above the limit, the second below.
    time_by(monkeypatch, lambda before: limit_ms * (1.2 if before < 2 else 0.9))
    arguments = ("search", "--profile", profile_file, "--bundle", bundle_folder, "--limit", f"{limit_ms}ms", "--json")
    answer = call(*arguments, "--finalists", faces)
    assert answer.code == 0, answer
    assert answer.json["searches"] == 2 and "searched 2 times" in answer.err
    assert answer.json["limit_ms"] == limit_ms >= answer.json["measured_ms"]
    time_by(monkeypatch, lambda before: 3 * limit_ms)
    call(*arguments, "--finalists", faces).is_mistake("the fastest of the finalists measured", "allow at least")


@pytest.mark.parametrize(
    ("lucky_rounds", "counts", "kept"),
    [
        # Two rounds of the best four and EfficientNet-B0 to choose by, and two of each that was within the limit.
        (2, [5, 5, 2, 2], True),
        (4, [5, 5, 2, 2, 2, 2], True),  # the second of them keeps it
        (10**6, ([5, 5] + [2, 2] * 4) * 4, False),  # none does, in four searches
    ],
)
def test_who_is_within_the_limit_is_timed_once_more_and_the_first_to_keep_it_is_chosen(
    call: Call,
    bundle_folder: Path,
    profile_file: Path,
    faces: Path,
    monkeypatch: pytest.MonkeyPatch,
    lucky_rounds: int,
    counts: list[int],
    kept: bool,
) -> None:
    limit_ms = 0.5 * DeviceProfile.load(profile_file).reference_ms
    arguments = ("search", "--profile", profile_file, "--bundle", bundle_folder, "--limit", f"{limit_ms}ms", "--json")
    seen: list[int] = []
    # Everyone is within the limit first, and above it when timed alone until the lucky rounds are over.
    seen = time_by(monkeypatch, lambda before: limit_ms * (0.8 if seen[-1] == 5 or before >= lucky_rounds else 1.1))
    answer = call(*arguments, "--finalists", faces)
    assert answer.code == 0 and seen == counts, answer
    assert answer.json["limit_kept"] is kept
    assert answer.json["measured_ms"] == pytest.approx((0.8 if kept else 1.1) * limit_ms)
    assert ("missed when timed once more after the choice" in answer.err) is not kept
    (chosen,) = [finalist for finalist in answer.json["finalists"] if finalist["chosen"]]
    assert chosen["measured_ms"] == answer.json["measured_ms"]


def test_a_part_of_efficientnet_b0_follows_the_machine(
    call: Call, bundle_folder: Path, profile_file: Path, faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("search", "--profile", profile_file, "--bundle", bundle_folder, "--json", "--finalists", faces)
    limit_ms = 0.5 * DeviceProfile.load(profile_file).reference_ms  # EfficientNet-B0 takes 40 ms now, far longer
    time_by(monkeypatch, lambda _: 2 * limit_ms)
    answer = call(*arguments, "--limit", "0.5x")
    assert answer.json["limit_ms"] == pytest.approx(0.5 * 40) and answer.json["limit_kept"], answer
    call(*arguments, "--limit", f"{limit_ms}ms").is_mistake("the fastest of the finalists measured")


def test_ctrl_c_while_they_are_timed_keeps_their_accuracy(
    call: Call, bundle_folder: Path, profile_file: Path, faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_patience(_: int) -> float:
        raise KeyboardInterrupt

    time_by(monkeypatch, lose_patience)
    out = tmp_path / "net.json"
    arguments = ("--bundle", bundle_folder, "--limit", "100ms", "--json", "--finalists", faces, "--out", out)
    answer = call("search", "--profile", profile_file, *arguments)
    assert answer.code == 130 and answer.json["stopped_early"]
    assert answer.json["accuracy_kind"] == "measured on the search split" and answer.json["measured_ms"] is None
    assert json.loads(out.read_text()) == answer.json["subnet"]


Rounds = list[list[float] | None]
"""Of each round of bursts what the finalists take, as parts of the limit; None: Ctrl-C."""


def play(monkeypatch: pytest.MonkeyPatch, limit_ms: float, rounds: Rounds) -> None:
    """Finalists take such parts of the limit, one after another as they stand in a round."""
    left = iter(rounds)

    def time(self: LocalBackend, models: Mapping[str, bytes], *_: object, **__: object) -> dict[str, Timing]:
        if (parts := next(left)) is None:
            raise KeyboardInterrupt
        names = sorted(set(models) - {REFERENCE}, key=int)
        assert len(names) == len(parts)
        timings = {name: Timing((part * limit_ms,) * 3) for name, part in zip(names, parts, strict=True)}
        return timings | {REFERENCE: Timing((40.0,) * 3)}

    monkeypatch.setattr(LocalBackend, "time", time)


FIRST, ABOVE = [[1.2, 1.3, 0.9, 0.8]] * 2, [[1.2, 1.3, 1.1, 1.4]] * 2


@pytest.mark.parametrize(
    ("rounds", "chosen", "parts"),
    [
        ([*FIRST, None], 2, [1.2, 1.3, 0.9, 0.8]),  # in the second timing of the first within the limit
        ([*FIRST, [1.1], [1.1], None], 3, [1.2, 1.3, 1.1, 0.8]),  # of the next one, since that was too slow
        # In the second search: the first one missed the limit when timed again, the next one as well.
        ([*FIRST, [1.1], [1.1], [1.05], [1.05], None], 2, [1.2, 1.3, 1.1, 0.8]),
        ([*ABOVE, None], 2, [1.2, 1.3, 1.1, 1.4]),  # none was ever within the limit: the fastest
    ],
)
def test_ctrl_c_between_timings_hands_over_the_best_that_they_allow(
    call: Call,
    bundle_folder: Path,
    profile_file: Path,
    faces: Path,
    monkeypatch: pytest.MonkeyPatch,
    rounds: Rounds,
    chosen: int,
    parts: list[float],
) -> None:
    limit_ms = 0.5 * DeviceProfile.load(profile_file).reference_ms
    play(monkeypatch, limit_ms, rounds)
    arguments = ("--bundle", bundle_folder, "--limit", f"{limit_ms}ms", "--json", "--finalists", faces)
    answer = call("search", "--profile", profile_file, *arguments)
    assert answer.code == 130 and answer.json["stopped_early"], answer
    assert [finalist["chosen"] for finalist in answer.json["finalists"]].index(True) == chosen
    assert answer.json["measured_ms"] == pytest.approx(parts[chosen] * limit_ms)
    measured = [finalist["measured_ms"] for finalist in answer.json["finalists"]]
    assert measured[:4] == pytest.approx([part * limit_ms for part in parts]) and set(measured[4:]) == {None}
    assert answer.json["limit_kept"] is (parts[chosen] < 1)
    assert (", which it missed;" in answer.err) is (parts[chosen] > 1)
    assert "stopped while the best few were timed" in answer.err


def test_ctrl_c_in_a_tighter_search_keeps_what_the_first_one_measured(
    call: Call, bundle_folder: Path, profile_file: Path, faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_ms, patient = 0.5 * DeviceProfile.load(profile_file).reference_ms, Wanted.search

    def search(self: Wanted, allowed_ms: float) -> SearchResult:
        found = patient(self, allowed_ms)
        if allowed_ms < limit_ms:
            raise Interrupted(found)
        return found

    play(monkeypatch, limit_ms, ABOVE)
    monkeypatch.setattr(Wanted, "search", search)
    arguments = ("--bundle", bundle_folder, "--limit", f"{limit_ms}ms", "--json", "--finalists", faces)
    answer = call("search", "--profile", profile_file, *arguments)
    assert answer.code == 130 and answer.json["measured_ms"] == pytest.approx(1.1 * limit_ms), answer
    assert answer.json["searches"] == 1 and answer.json["limit_kept"] is False


@pytest.mark.parametrize(
    ("measured_ms", "kept", "told"),
    [(9.0, True, ""), (10.2, True, ", which it keeps to 3 %"), (11.0, False, ", which it missed"), (None, None, "")],
)
def test_a_limit_that_is_not_quite_kept_is_told(measured_ms: float | None, kept: bool | None, told: str) -> None:
    verdict = told_verdict(kept, measured_ms, 10.0)
    assert verdict.startswith(told) and bool(verdict) is bool(told)
