"""The page says what the run was, shows what it has, and needs nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from facefit.errors import InputError
from facefit.report import FinalistRow, RunReport, render_report, write_report
from facefit.report.palette import DARK, LIGHT
from facefit.space.budget import Budget

VOID = {"meta", "br", "link", "img", "hr", "input"}


class Reader(HTMLParser):
    """Text, elements, ids and references of a page; fails on elements that are closed in the wrong order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.tags, self.ids, self.references, self._open = "", [], [], [], []
        self.feed(page)
        assert not self._open

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag not in VOID:
            self._open.append(tag)
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            if name in ("href", "xlink:href", "src", "action"):
                self.references.append(value)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if not self._open or self._open[-1] not in ("style", "script"):
            self.text += data


def read(run: RunReport) -> Reader:
    return Reader(render_report(run))


def plain(run: RunReport) -> str:
    return re.sub(r"\s+", " ", read(run).text)


def test_the_result_and_the_key_figures_are_on_it(run):
    text = plain(run)
    assert (
        "descriptor.tflite takes 4.80 ms and keeps the limit of 5.20 ms; EfficientNet-B0 at 64 px takes 8.40 ms."
        in text
    )
    for shown in ("Test CPU, 1 thread", "2.1 % above measured", "92 % of it used", "0.57x", "13.9 MB", "4.2e-06"):
        assert shown in text
    assert "95 % interval 81.8 to 84.4; ferplus-majority, valid, n = 3,199" in text
    assert "0.40 points (root mean square)" in text


def test_parameters_and_operations_are_those_of_the_space(run):
    layers = run.space.layers(run.chosen.subnet)
    assert f"{sum(layer.parameters for layer in layers) / 1e6:.2f} M" in plain(run)
    assert f"{sum(layer.macs for layer in layers) / 1e6:.1f} M multiply-adds" in plain(run)


def test_a_missed_limit_is_called_missed(run):
    late = replace(run, chosen=replace(run.chosen, measured_ms=5.4))
    assert "takes 5.40 ms and misses the limit of 5.20 ms" in plain(late)
    assert "keeps the limit" in plain(replace(run, chosen=replace(run.chosen, measured_ms=5.3)))


def test_a_run_with_little_is_shown_without_gaps(run):
    row = FinalistRow(run.chosen.subnet, 4.9)
    bare = replace(
        run, chosen=row, limit_ms=None, reference=None, searched=None, finalists=(), confusion=None, classes=(), card={}
    )
    reader, text = read(bare), plain(bare)
    assert "descriptor.tflite should take 4.90 ms; it was not measured." in text
    assert reader.tags.count("svg") == 2 and "None" not in text and "nan" not in text
    assert "Finalists" not in text and "EfficientNet" not in text and "What it confuses" not in text


def test_an_accuracy_that_was_only_predicted_says_so(run):
    text = plain(replace(run, chosen=replace(run.chosen, accuracy=None)))
    assert re.search(r"predicted accuracy ?85\.0 % ?for the search split; .*chosen for it, so likely too high", text)


def test_every_drawing_is_inline_and_nothing_is_fetched(run):
    reader = read(run)
    assert reader.tags.count("svg") == 4 and reader.tags.count("script") == 0
    assert all(reference.startswith("#") for reference in reader.references)
    page = render_report(run)
    assert "default-src 'none'" in page and "@import" not in page and "<img" not in page
    assert not re.search(r"url\((?!#)", page)


def test_ids_are_unique_across_drawings_and_references_find_them(run):
    reader = read(run)
    assert len(reader.ids) == len(set(reader.ids))
    assert {reference[1:] for reference in reader.references} <= set(reader.ids)
    assert set(re.findall(r"url\(#([^)]+)\)", render_report(run))) <= set(reader.ids)


def test_drawings_follow_the_theme(run):
    page = render_report(run)
    drawings = "".join(re.findall(r"<svg.*?</svg>", page, re.DOTALL))
    assert "var(--chosen)" in drawings and "var(--surface)" in drawings
    assert not re.findall(r"#[0-9a-f]{6}\b", drawings)
    assert LIGHT.variables() in page and DARK.variables() in page and "prefers-color-scheme: dark" in page


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_text_has_contrast_in_both_themes(palette):
    def luminance(colour: str) -> float:
        channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    def contrast(a: str, b: str) -> float:
        high, low = sorted((luminance(a), luminance(b)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    text = [(role, ground) for role in ("ink", "muted") for ground in ("surface", "band")]
    text += [("ink", "expand_low"), ("ink", "expand_middle"), ("on_high", "expand_high")]
    text += [("reference", "surface"), ("front", "surface")]
    for role, ground in text:
        assert contrast(getattr(palette, role), getattr(palette, ground)) >= 4.5, (role, ground)
    assert contrast(palette.chosen, palette.surface) >= 3


def test_everything_from_outside_is_escaped(run):
    evil = "<script>alert(1)</script>&\"'"
    page = render_report(
        replace(
            run,
            task=evil,
            file=evil,
            device=evil,
            parity_reference=evil,
            card={evil: evil, "classes": [evil], "preprocessing": {evil: evil}},
            made={evil: evil},
            classes=(evil, "sad"),
            chosen=replace(run.chosen, accuracy=replace(run.chosen.accuracy, protocol=evil)),
        )
    )
    assert "<script" not in page
    assert Reader(page).text.count(evil) >= 10


def test_the_whole_card_is_there(run):
    text = plain(run)
    assert "training: data" in text and "FER+ train" in text and '"colour": "RGB"' in text


def test_uses_that_are_out_of_bounds_are_named_for_the_task(run):
    assert "inferring emotions at work" in plain(run)
    assert "biometrics" in plain(replace(run, task="identity"))


def test_written_whole_or_not_at_all(tmp_path, run):
    write_report(run, tmp_path / "run" / "report.html")
    assert (tmp_path / "run" / "report.html").read_text(encoding="utf-8") == render_report(run)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        write_report(run, tmp_path / "file" / "report.html")
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == ["report.html"]


def test_a_budget_is_told_where_there_was_one(run):
    assert "budget" not in plain(run)
    assert "at most 40 M multiply-accumulates, 14 MB, beside the latency" in plain(
        replace(run, budget=Budget(macs=40e6, megabytes=14))
    )


def test_measured_latencies_stand_with_their_intervals(run):
    rows = tuple(replace(row, measured_ms_interval=(row.measured_ms, row.measured_ms + 0.2)) for row in run.finalists)
    text = plain(replace(run, chosen=rows[0], finalists=rows))
    assert "end to end; 95 % interval 4.80\N{NO-BREAK SPACE}ms to 5.00\N{NO-BREAK SPACE}ms" in render_report(
        replace(run, chosen=rows[0], finalists=rows)
    )
    assert "4.80 ms (4.80 ms to 5.00 ms)" in text
    assert "95 % interval 4.80" not in plain(run)
