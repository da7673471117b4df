"""Profiles as files, as tables, and as readers of limits."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from device_profiles import made_up_profile
from hypothesis import given
from hypothesis import strategies as st

from facefit.device import DeviceProfile
from facefit.errors import ArtifactError, InputError
from facefit.space import InvertedResidual, ofa_mbv3
from facefit.space.population import decode, sample

SPACE = ofa_mbv3(resolutions=(48, 64))


def test_a_prediction_is_the_sum_over_layers() -> None:
    profile = made_up_profile(SPACE)
    genes = sample(SPACE, 30, np.random.default_rng(1))
    predicted = profile.latency(SPACE).of(genes)
    for subnet, ms in zip(decode(SPACE, genes), predicted, strict=True):
        expected = 0.02
        for layer in SPACE.layers(subnet):
            alone = profile.entries[layer.name].ms
            block = layer in SPACE.block_layers(subnet) or layer == SPACE.opening_layers(subnet.resolution)[1]
            scale = 1.15 if block and layer.effective_kernel == 7 else 1.1  # type: ignore[union-attr]
            expected += scale * alone + (0.03 * layer.parameters / 1e6 if block else 0.0)
        assert ms == pytest.approx(expected)
        assert profile.predict_ms(SPACE, subnet) == pytest.approx(expected)


def test_beyond_the_cache_each_parameter_counts_more() -> None:
    profile = made_up_profile(SPACE)
    bent = replace(profile, fit=replace(profile.fit, spill_ms=0.4, cached=4.0))
    genes = sample(SPACE, 200, np.random.default_rng(2))
    subnets = decode(SPACE, genes)
    millions = np.array(
        [
            sum(layer.parameters for layer in SPACE.layers(s) if isinstance(layer, InvertedResidual)) / 1e6
            for s in subnets
        ]
    )
    assert (millions < 4).any() and (millions > 4).any()
    expected = profile.latency(SPACE).of(genes) + 0.4 * np.maximum(millions - 4, 0)
    assert bent.latency(SPACE).of(genes) == pytest.approx(expected)
    assert bent.predict_ms(SPACE, subnets[0]) == pytest.approx(expected[0])


def test_serves_fewer_resolutions_but_no_other_space() -> None:
    profile = made_up_profile(SPACE)
    small = replace(SPACE, resolutions=(64,))
    assert profile.predict_ms(small, small.largest) == pytest.approx(profile.predict_ms(SPACE, SPACE.largest))
    compact = ofa_mbv3(resolutions=SPACE.resolutions, descriptor=256)
    for other in (replace(SPACE, resolutions=(224,)), ofa_mbv3(width=1.0, resolutions=(48, 64)), compact):
        with pytest.raises(ArtifactError, match="profile the device for that space"):
            profile.latency(other)


def test_comes_back_from_its_file(tmp_path: Path) -> None:
    profile, path = made_up_profile(SPACE), tmp_path / "board.profile.json"
    profile.save(path)
    loaded = DeviceProfile.load(path)
    assert loaded == profile
    assert loaded.identity.details == {"governor": "performance"}
    assert loaded.depthwise7 == "split"


def cut(text: str) -> str:
    return text[: len(text) // 2]


def without_fit(text: str) -> str:
    data = json.loads(text)
    del data["fit"]
    return json.dumps(data)


def without_an_entry(text: str) -> str:
    data = json.loads(text)
    data["entries"].popitem()
    return json.dumps(data)


def with_negative_latency(text: str) -> str:
    data = json.loads(text)
    name = next(iter(data["entries"]))
    data["entries"][name] = [-1.0, 0.0]
    return json.dumps(data)


def with_nan(text: str) -> str:
    return text.replace('"seconds": 20.0', '"seconds": NaN')


def with_another_schema(text: str) -> str:
    return text.replace("device-profile/2", "device-profile/99")


def with_entries_as_text(text: str) -> str:
    return json.dumps({**json.loads(text), "entries": "none"})


def with_a_constant_below_all_layers(text: str) -> str:
    data = json.loads(text)
    data["fit"]["constant_ms"] = -1e6
    return json.dumps(data)


def with_a_negative_error(text: str) -> str:
    return json.dumps({**json.loads(text), "error_p90_percent": -50.0})


def with_a_number_beyond_floats(text: str) -> str:
    return text.replace('"seconds": 20.0', f'"seconds": 1{"0" * 400}')


@pytest.mark.parametrize(
    "damage",
    [
        cut,
        without_fit,
        without_an_entry,
        with_negative_latency,
        with_nan,
        with_another_schema,
        with_entries_as_text,
        with_a_constant_below_all_layers,
        with_a_negative_error,
        with_a_number_beyond_floats,
    ],
)
def test_damaged_files_are_refused_in_one_line(tmp_path: Path, damage: Callable[[str], str]) -> None:
    path = tmp_path / "board.profile.json"
    made_up_profile(SPACE).save(path)
    before = path.read_text()
    path.write_text(damage(before))
    assert path.read_text() != before
    with pytest.raises(ArtifactError) as error:
        DeviceProfile.load(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "limit_ms"),
    [("12ms", 12.0), ("0.6x", 12.0), (" 1.5 ms ", 1.5), (".5x", 10.0), ("2x", 40.0), ("1e3ms", 1000.0)],
)
def test_reads_limits(text: str, limit_ms: float) -> None:
    assert made_up_profile(SPACE).limit_ms(text) == pytest.approx(limit_ms)


@pytest.mark.parametrize(
    "text", ["", "12", "ms", "x", "-3ms", "0ms", "0x", "1e999ms", "nanms", "0.6 x ms", "12s", "६ms"]
)
def test_refuses_other_limits(text: str) -> None:
    with pytest.raises(InputError, match="expected milliseconds as '12ms'"):
        made_up_profile(SPACE).limit_ms(text)


PROFILE = made_up_profile(SPACE)


@given(st.text(max_size=12))
def test_a_limit_is_positive_or_refused(text: str) -> None:
    try:
        limit_ms = PROFILE.limit_ms(text)
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert limit_ms > 0


def test_parts_of_efficientnet_are_of_the_largest_resolution_of_the_space() -> None:
    profile = made_up_profile(SPACE)
    smaller = replace(SPACE, resolutions=SPACE.resolutions[:1])
    entry = profile.references[max(SPACE.resolutions)]
    halved = {r: entry if r == max(SPACE.resolutions) else replace(entry, ms=entry.ms / 2) for r in SPACE.resolutions}
    narrowed = replace(profile, references=halved).narrowed(smaller)
    assert narrowed.limit_ms("0.6x") == pytest.approx(profile.limit_ms("0.6x") / 2)
    with pytest.raises(ArtifactError, match="profile the device for that space"):
        profile.narrowed(replace(SPACE, resolutions=(max(SPACE.resolutions) + 16,)))


def test_parts_of_efficientnet_need_its_latency() -> None:
    profile = replace(made_up_profile(SPACE), references={})
    assert profile.limit_ms("12ms") == 12.0
    with pytest.raises(InputError, match="lacks EfficientNet-B0"):
        profile.limit_ms("0.6x")
