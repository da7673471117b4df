"""Figures hold what they were given, in either format."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from facefit.errors import InputError
from facefit.report import (
    FinalistRow,
    Reference,
    SearchedPoints,
    confusion_figure,
    latency_figure,
    save_figure,
    search_figure,
    subnet_figure,
)
from facefit.space import Block, Subnet, ofa_mbv3

SPACE = ofa_mbv3(resolutions=(48, 64))


def texts(figure: Figure, folder: Path) -> list[str]:
    """All texts of the figure as an SVG reader finds them."""
    save_figure(figure, folder / "figure.svg")
    root = ElementTree.parse(folder / "figure.svg").getroot()
    return ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]


def test_confusion_shows_shares_of_rows_and_their_counts(tmp_path):
    figure = confusion_figure(np.array([[9, 1, 0], [0, 399, 1], [0, 0, 0]]), ("glad", "sad", "calm"), "folder, n = 410")
    seen = texts(figure, tmp_path)
    assert {"90", "10", "100", "<1", "n = 10", "n = 400", "n = 0", "folder, n = 410", "true class"} <= set(seen)
    assert seen.count("glad") == seen.count("calm") == 2


@pytest.mark.parametrize(("shape", "classes"), [((2, 3), ("a", "b")), ((2, 2), ("a", "b", "c")), ((0, 0), ())])
def test_confusion_must_fit_the_classes(shape, classes):
    with pytest.raises(InputError, match="a row and column for each"):
        confusion_figure(np.zeros(shape, np.int64), classes)


def test_class_names_are_text_and_nothing_else(tmp_path):
    names = ("$x^2$", "<script>&amp;")
    assert set(names) <= set(texts(confusion_figure(np.eye(2, dtype=np.int64), names), tmp_path))


def test_search_marks_limit_reference_and_choice(tmp_path, run):
    seen = texts(search_figure(run.searched, run.chosen, run.limit_ms, run.reference), tmp_path)
    assert {
        "searched (300 subnets)",
        "Pareto front",
        "chosen",
        "limit",
        "5.20\N{NO-BREAK SPACE}ms",
        "EfficientNet-B0",
        "8.40\N{NO-BREAK SPACE}ms",
    } <= set(seen)
    without = texts(search_figure(run.searched, replace(run.chosen, predicted_accuracy=None), None), tmp_path)
    assert not {"chosen", "limit", "EfficientNet-B0"} & set(without)


def test_the_front_is_drawn_from_fast_to_slow():
    points = SearchedPoints(np.array([3.0, 1.0, 2.0]), np.array([0.9, 0.7, 0.8]), np.array([0, 1, 2]))
    figure = search_figure(points, FinalistRow(SPACE.smallest, 3.0), None)
    front = next(line for line in figure.axes[0].lines if line.get_label() == "Pareto front")
    assert front.get_xdata().tolist() == [1, 2, 3]
    np.testing.assert_allclose(front.get_ydata(), [70, 80, 90])


@pytest.mark.parametrize("accuracy", [[0.8], [0.8, 0.8, 0.8]])
def test_points_that_coincide_can_be_drawn(tmp_path, accuracy):
    points = SearchedPoints(np.full(len(accuracy), 2.0), np.array(accuracy), np.array([0]))
    assert "chosen" in texts(
        search_figure(points, FinalistRow(SPACE.smallest, 2.0, None, 0.8), 2.0, Reference(2.0, 64)), tmp_path
    )


def test_dots_that_hide_one_another_are_drawn_once():
    rng = np.random.default_rng(0)
    points = SearchedPoints(rng.normal(5, 0.3, 50_000), rng.normal(0.8, 0.01, 50_000), np.array([0]))
    cloud = search_figure(points, FinalistRow(SPACE.smallest, 5.0), None).axes[0].collections[0]
    assert 1_000 < len(cloud.get_offsets()) < 16_501


def test_latency_has_a_row_for_each_measured_network_under_its_number(tmp_path, run):
    first, second, third, fourth = run.finalists
    rows = (first, replace(second, measured_ms=None), third, fourth)
    figure = latency_figure(rows, third.subnet, 5.2, run.reference)
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["1", "3, chosen", "4", "EfficientNet-B0"]
    assert {*names, "predicted", "measured", "limit"} <= set(texts(figure, tmp_path))
    alone = texts(latency_figure([FinalistRow(SPACE.smallest, 3.0)], SPACE.smallest, None), tmp_path)
    assert "1, chosen" in alone and "limit" not in alone


@pytest.mark.filterwarnings("error")  # matplotlib's, where labels leave no room for the axes
def test_a_limit_far_above_all_latencies_lies_within_the_figure(tmp_path, run):
    for figure in (
        latency_figure(run.finalists, run.chosen.subnet, 1000.0, run.reference),
        search_figure(run.searched, run.chosen, 1000.0, run.reference),
    ):
        assert {"limit", "1000\N{NO-BREAK SPACE}ms"} <= set(texts(figure, tmp_path))
        assert figure.axes[0].get_xlim()[1] > 1000


def test_subnet_shows_every_block_in_running_order(tmp_path):
    groups = (
        (Block(3, 6), Block(7, 3)),
        (Block(5, 4), Block(5, 4), Block(3, 3)),
        (Block(7, 6),) * 4,
        (Block(3, 3),) * 2,
        (Block(5, 3), Block(3, 4)),
    )
    subnet = Subnet(groups, 48)
    seen = texts(subnet_figure(SPACE, subnet), tmp_path)
    kernels = [int(text) for text in seen if text in ("3", "5", "7")]
    expands = [int(text[1:]) for text in seen if text in ("x3", "x4", "x6")]
    assert list(zip(kernels, expands, strict=True)) == [(b.kernel, b.expand) for b in subnet.blocks]
    assert {"48 px", "group 1", "group 2, SE", "group 5, SE", "descriptor"} <= set(seen)
    assert any("32 ch" in text for text in seen)


def test_a_subnet_of_another_space_is_refused():
    with pytest.raises(InputError, match="the space allows"):
        subnet_figure(SPACE, Subnet(SPACE.smallest.groups, 224))


@pytest.mark.parametrize("subnet", [SPACE.smallest, SPACE.largest])
def test_png_is_an_image_and_both_formats_are_reproducible(tmp_path, subnet):
    for name in ("a.png", "a.svg"):
        save_figure(subnet_figure(SPACE, subnet), tmp_path / name)
        first = (tmp_path / name).read_bytes()
        save_figure(subnet_figure(SPACE, subnet), tmp_path / name)
        assert (tmp_path / name).read_bytes() == first
    with Image.open(tmp_path / "a.png") as image:
        assert image.width > 1000 and len(image.convert("L").getcolors()) > 3


def test_other_formats_and_places_are_refused(tmp_path, run):
    figure = latency_figure(run.finalists, run.chosen.subnet, 5.2)
    with pytest.raises(InputError, match=r"ending in \.svg or \.png"):
        save_figure(figure, tmp_path / "figure.pdf")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        save_figure(figure, tmp_path / "file" / "figure.png")
