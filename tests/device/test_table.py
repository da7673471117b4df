"""Lookup tables as text: what comes in means what it meant, what goes out comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from device_profiles import made_up_profile

from facefit.device import DeviceProfile, Identity, read_table, write_table
from facefit.device.blocks import distinct_layers
from facefit.errors import ArtifactError, InputError
from facefit.space import Block, SearchSpace, Subnet, ofa_mbv3

SPACE = ofa_mbv3()
PI = Identity("Raspberry Pi 4", "tflite", "unknown", 1)


def table_text() -> str:
    """A table as the paper's authors write them: 96 names, one of them a classifier's."""
    names = [*distinct_layers(SPACE), "Logits-input:1x1x1536-output:1000"]
    return "".join(f"{name} 1000 {0.5 * (i + 1)} 0.01\r\n" for i, name in enumerate(sorted(names)))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "raspberry_lookup_table.txt"
    path.write_text(table_text())
    return path


def test_a_network_is_the_sum_of_its_rows(table: Path, tmp_path: Path) -> None:
    profile = read_table(table, SPACE, PI)
    assert len(profile.entries) == 95 and len(table.read_text().split()) == 4 * 96
    rows = {line.split()[0]: float(line.split()[2]) for line in table.read_text().splitlines() if line}
    subnet = Subnet(((Block(7, 6), Block(3, 3)),) * 5, 224)
    assert profile.predict_ms(SPACE, subnet) == pytest.approx(sum(rows[layer.name] for layer in SPACE.layers(subnet)))
    assert profile.depthwise7 == "plain" and profile.identity.device == "Raspberry Pi 4"
    name = next(iter(profile.entries))
    assert profile.entries[name].spread_percent == pytest.approx(100 * 0.01 / rows[name])
    profile.save(tmp_path / "pi4.profile.json")
    assert DeviceProfile.load(tmp_path / "pi4.profile.json") == profile
    with pytest.raises(InputError, match="limits in milliseconds"):
        profile.limit_ms("0.6x")


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    profile = made_up_profile(SPACE)
    write_table(profile, tmp_path / "table.txt")
    lines = (tmp_path / "table.txt").read_text().splitlines()
    assert len(lines) == 96 and lines == sorted(lines)
    assert "Logits-input:1x1x1536-output:1000 0 0.0 0.0" in lines
    again = read_table(tmp_path / "table.txt", SPACE, profile.identity)
    assert {name: e.ms for name, e in again.entries.items()} == {name: e.ms for name, e in profile.entries.items()}
    assert again.spread_median_percent == pytest.approx(profile.spread_median_percent)


@pytest.mark.parametrize("space", [ofa_mbv3(width=1.0), ofa_mbv3(resolutions=(192,))])
def test_a_table_of_another_space_or_size_is_refused(table: Path, space: SearchSpace) -> None:
    with pytest.raises(ArtifactError, match=r"lacks \d+ of the 95 layers .* another space or input size"):
        read_table(table, space, PI)


def twice(text: str) -> str:
    return text + text


def cut(text: str) -> str:
    return text[:1000]


def negative(text: str) -> str:
    return text.replace(" 0.5 ", " -0.5 ")


def words(text: str) -> str:
    return text.replace(" 0.5 ", " fast ")


def endless(text: str) -> str:
    return text.replace(" 0.5 ", " inf ")


@pytest.mark.parametrize("damage", [twice, cut, negative, words, endless])
def test_damaged_tables_are_refused_in_one_line(table: Path, damage: Callable[[str], str]) -> None:
    table.write_text(damage(table_text()))
    with pytest.raises(ArtifactError) as error:
        read_table(table, SPACE, PI)
    assert str(table) in str(error.value) and "\n" not in str(error.value)


def test_what_is_no_text_is_no_table(table: Path) -> None:
    table.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ArtifactError, match="is not text"):
        read_table(table, SPACE, PI)
