"""Images from outside: whatever they are, they become RGB or a one-line error."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from facefit.errors import InputError
from facefit.faces.images import read_image


def photo(height: int = 12, width: int = 20) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def huge_png(side: int) -> bytes:
    """A PNG that says it is side x side pixels and holds no pixel."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_image(path, 48)
    message = str(caught.value)
    assert "\n" not in message and str(path) in message
    return message


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".webp"])
def test_pixels_come_back_as_they_are(tmp_path, suffix):
    path = tmp_path / f"face{suffix}"
    Image.fromarray(photo()).save(path, lossless=True)
    np.testing.assert_array_equal(read_image(path), photo())


def test_the_ending_does_not_matter(tmp_path):
    Image.fromarray(photo()).save(tmp_path / "face.jpg", "PNG")
    np.testing.assert_array_equal(read_image(tmp_path / "face.jpg"), photo())


def test_resized_as_pillow_does(tmp_path):
    Image.fromarray(photo()).save(tmp_path / "face.png")
    wanted = Image.fromarray(photo()).resize((8, 8), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(read_image(tmp_path / "face.png", 8), np.asarray(wanted))


def test_grey_becomes_three_equal_channels(tmp_path):
    grey = photo()[..., 0]
    Image.fromarray(grey).save(tmp_path / "grey.png")
    np.testing.assert_array_equal(read_image(tmp_path / "grey.png"), np.repeat(grey[..., None], 3, axis=2))


def test_transparency_is_ignored(tmp_path):
    rgba = np.dstack([photo(), np.full((12, 20), 7, np.uint8)])
    Image.fromarray(rgba).save(tmp_path / "face.png")
    np.testing.assert_array_equal(read_image(tmp_path / "face.png"), photo())


def test_palettes_are_looked_up(tmp_path):
    image = Image.fromarray(photo()).quantize(16)
    image.save(tmp_path / "face.png")
    np.testing.assert_array_equal(read_image(tmp_path / "face.png"), np.asarray(image.convert("RGB")))


def test_turned_photos_stand_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 270 degrees to show
    Image.fromarray(photo()).save(tmp_path / "face.png", exif=exif)
    np.testing.assert_array_equal(read_image(tmp_path / "face.png"), np.rot90(photo(), 3))


def test_a_text_file_is_no_image(tmp_path):
    path = tmp_path / "face.jpg"
    path.write_text("I am a jpg, honestly\n")
    assert "is not an image" in refusal(path)


@pytest.mark.parametrize("form", ["EPS", "TIFF", "GIF"])
def test_other_formats_in_disguise_are_refused(tmp_path, form):
    path = tmp_path / "face.jpg"
    Image.fromarray(photo()).save(path, form)
    assert "is not an image" in refusal(path)


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_truncated_images_are_refused(tmp_path, form, part):
    path = tmp_path / "face.png"
    Image.fromarray(photo(64, 64)).save(path, form)
    path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])
    assert "damaged" in refusal(path)


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "face.png").touch()
    assert "is not an image" in refusal(tmp_path / "face.png")


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1)])
def test_less_than_two_pixels_is_no_face(tmp_path, size):
    path = tmp_path / "face.png"
    Image.new("RGB", size).save(path)
    assert f"is {size[0]}x{size[1]} pixels; expected 2x2" in refusal(path)


@pytest.mark.parametrize("side", [7_100, 10_000, 20_000])
def test_huge_images_are_refused_by_their_header(tmp_path, monkeypatch, side):
    path = tmp_path / "face.png"
    path.write_bytes(huge_png(side))
    monkeypatch.setattr(Image.Image, "convert", lambda *_: pytest.fail("was decoded"))
    assert "50 megapixels" in refusal(path)


def test_sixteen_bits_a_channel_are_refused_rather_than_cut_off(tmp_path):
    path = tmp_path / "face.png"
    Image.fromarray(np.full((8, 8), 40_000, np.uint16)).save(path)
    assert "more than 8 bits" in refusal(path)


def test_wrong_paths_are_named(tmp_path):
    assert "no such file" in refusal(tmp_path / "none.png")
    assert "unreadable" in refusal(tmp_path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    form=st.sampled_from(["PNG", "JPEG", "BMP", "WEBP"]), at=st.floats(0, 1), value=st.integers(0, 255), data=st.data()
)
def test_no_damage_gets_past_as_another_error(tmp_path, form, at, value, data):
    path = tmp_path / "face.png"
    Image.fromarray(photo()).save(path, form)
    content = bytearray(path.read_bytes())
    content[int(at * (len(content) - 1))] = value
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content)
    try:
        pixels = read_image(path, 16)
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert pixels.shape == (16, 16, 3) and pixels.dtype == np.uint8
