"""The page of several devices: who got what, what differs, and what each network would cost elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_page import Reader

from facefit.report import FleetDevice, FleetReport, fleet_figure, render_fleet
from facefit.report.fleet import choices, differing
from facefit.report.fleet_view import changed, cross_table, headline, shared
from facefit.space import Block, Subnet, ofa_mbv3
from facefit.space.population import decode, sample

SPACE = ofa_mbv3(resolutions=(48, 64))


def device(name: str, subnet: Subnet, accuracy: float, measured_ms: float | None = None) -> FleetDevice:
    return FleetDevice(
        name=name,
        device=f"Test {name}, 1 thread(s)",
        limit="0.6x",
        limit_ms=6.0,
        reference_ms=10.0,
        subnet=subnet,
        predicted_ms=5.0,
        measured_ms=measured_ms,
        accuracy=accuracy,
        size_bytes=12_300_000,
        depthwise7="split",
        error="median 0.50 %",
        page=f"{name}/report.html",
    )


@pytest.fixture
def fleet() -> FleetReport:
    subnets = (SPACE.smallest, SPACE.largest)
    devices = (device("laptop", subnets[0], 0.80, 5.1), device("<pi>", subnets[1], 0.85))
    return FleetReport("expression", SPACE, devices, np.array([[5.0, 4.0], [7.5, 5.0]]), 0.006, {"seed": "0"})


def plain(fleet: FleetReport) -> str:
    return re.sub(r"\s+", " ", Reader(render_fleet(fleet)).text)


def test_who_got_what_is_on_it_and_what_was_only_predicted(fleet: FleetReport) -> None:
    text, reader = plain(fleet), Reader(render_fleet(fleet))
    for shown in (
        "2 devices got 2 different networks",
        "5.10 ms",
        "elsewhere",
        "Test laptop",
        "12.3 MB",
        "0.60 points",
    ):
        assert shown in text
    assert "1.25 of limit, misses it" in text and text.count("misses it") == 1
    assert "<pi>" in text and "<pi>" not in reader.tags  # names of files are escaped
    assert {"laptop/report.html", "<pi>/report.html"} <= set(reader.references)
    assert reader.tags.count("svg") == 1 and "script" not in reader.tags


def test_what_one_file_for_all_would_cost(fleet: FleetReport) -> None:
    assert "the one for laptop keeps every limit" in shared(fleet) and "<pi> 5.00" in shared(fleet)
    none = replace(fleet, predicted_ms=np.array([[5.0, 9.0], [7.5, 5.0]]))
    assert "would miss some" in shared(none)
    cells = cross_table(fleet)[1][1]
    assert [(cell.own, cell.kept) for cell in cells] == [(False, False), (True, True)]


def test_equal_networks_are_called_equal(fleet: FleetReport) -> None:
    same = replace(fleet, devices=tuple(replace(d, subnet=SPACE.smallest) for d in fleet.devices))
    same = replace(same, predicted_ms=np.full((2, 2), 5.0))
    assert headline(same) == "All 2 devices got the same network."
    assert "changed nothing" in changed(same) and shared(same) == "The one network keeps the limits of all devices."
    assert "in the input size (48, 64 px)" in changed(fleet)


@given(st.integers(0, 1000))
def test_positions_differ_where_blocks_do(seed: int) -> None:
    a, b = decode(SPACE, sample(SPACE, 2, np.random.default_rng(seed)))
    marks = differing(SPACE, (a, b))
    assert len(marks) == SPACE.positions
    assert marks == [x != y for x, y in zip(choices(SPACE, a), choices(SPACE, b), strict=True)]
    assert [block for block in choices(SPACE, a) if block] == list(a.blocks)
    assert not any(differing(SPACE, (a, a)))


def test_the_drawing_has_a_row_for_each_and_marks_what_differs() -> None:
    one = SPACE.smallest
    groups = list(one.groups)
    groups[2] = (Block(7, 6), *groups[2][1:])
    other = replace(one, groups=tuple(groups))
    figure = fleet_figure(SPACE, ["a", "a longer name"], [one, other])
    (axes,) = figure.axes
    texts = [text.get_text() for text in axes.texts]
    assert {"a", "a longer name", "group 5"} <= set(texts)
    assert (texts.count("7"), texts.count("x6"), texts.count("\N{EN DASH}")) == (1, 1, 2 * 10)
    assert len(axes.lines) == 1  # one mark, above the first block of the third group


def test_measured_accuracies_and_intervals_are_told(fleet: FleetReport) -> None:
    devices = (replace(fleet.devices[0], measured_ms_interval=(5.0, 5.3)), *fleet.devices[1:])
    told = plain(replace(fleet, devices=devices, measured_accuracy=True))
    assert "5.10 ms (5.00 ms to 5.30 ms)" in told and "Accuracies are measured on the search split" in told
    assert "in points of measured accuracy" in told and "predicted accuracy" not in told
    assert "predicted accuracy" in plain(fleet) and "5.10 ms (" not in plain(fleet)
