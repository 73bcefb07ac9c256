"""Files and arrays that are no picture to use: each is refused in a sentence, or named."""

import io

import numpy as np
import pytest
from PIL import Image

from colorizer import images
from colorizer.heads import MAX_CHUNKS, MAX_EXTRAS, MAX_SCANS
from colorizer.images import InputError, load_image
from tests.fuzz.pictures import join, parse
from tests.support.pictures import saved


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((8, 8), np.float32),
        np.zeros((8, 8, 2), np.uint8),
        np.zeros((2, 8, 8, 3), np.uint8),
        np.zeros((0, 8), np.uint8),
        np.zeros(8, np.uint8),
    ],
)
def test_another_array_is_refused_with_its_dtype_and_shape(array):
    with pytest.raises(InputError, match=str(array.dtype)) as caught:
        load_image(array)
    assert str(array.shape) in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no file .*nothing\.png"):
        load_image(tmp_path / "nothing.png")


@pytest.mark.parametrize(
    "content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(50), b"GIF89a"]
)
def test_a_file_that_is_no_picture_is_named(tmp_path, content):
    (tmp_path / "broken.png").write_bytes(content)
    with pytest.raises(InputError, match=r"Cannot read broken\.png"):
        load_image(tmp_path / "broken.png")


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_a_file_that_breaks_off_is_named(tmp_path, make_picture, suffix):
    path = saved(tmp_path, Image.fromarray(make_picture(200, 200)), f"a.{suffix}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match="Cannot read the drawing"):
        load_image(path, "the drawing")


def test_another_format_is_refused(tmp_path):
    path = saved(tmp_path, Image.new("RGB", (4, 4)), "a.tiff")
    with pytest.raises(InputError, match=r"Cannot read a\.tiff: use PNG, JPEG or WebP"):
        load_image(path)


def test_too_many_pixels_are_refused_with_the_number(tmp_path):
    path = saved(tmp_path, Image.new("1", (8000, 5000)))
    with pytest.raises(InputError, match=r"8000x5000 = 40\.0 megapixels; the limit is 36"):
        load_image(path)
    with pytest.raises(InputError, match="36"):
        load_image(np.zeros((5000, 8000), np.uint8))


def test_a_decompression_bomb_is_refused(tmp_path):
    path = saved(tmp_path, Image.new("1", (14000, 14000)))
    with pytest.raises(InputError, match=r"picture\.png is far too large; the limit is 36"):
        load_image(path)


@pytest.mark.parametrize("size", [(70_000, 1), (1, 70_000)])
def test_a_sliver_is_refused_by_its_side(tmp_path, size):
    path = saved(tmp_path, Image.new("1", size))
    with pytest.raises(InputError, match=rf"{size[0]}x{size[1]}; the limit is 65500 a side"):
        load_image(path)


def encoded(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(("more", "refused"), [(0, False), (MAX_SCANS, True)])
def test_a_jpeg_of_many_passes_is_refused(make_picture, more, refused):
    content = encoded(Image.fromarray(make_picture(64, 48)), "JPEG", progressive=True)
    last = content.rfind(b"\xff\xda")
    content = content[:last] + content[last:-2] * (1 + more) + content[-2:]
    if not refused:
        assert load_image(content).size == (64, 48)
        return
    with pytest.raises(InputError, match=r"the picture has more parts than any picture needs"):
        load_image(content)


def test_what_only_looks_like_passes_does_not_count(make_picture):
    content = encoded(
        Image.fromarray(make_picture(64, 48)), "JPEG", exif=b"Exif\0\0" + b"\xff\xda" * 90
    )
    assert load_image(content + b"\xff\xda" * 90).size == (64, 48)


@pytest.mark.parametrize(
    ("chunk", "count", "refused"),
    [
        ((b"abCd", b""), MAX_EXTRAS - 9, False),
        ((b"abCd", b""), MAX_EXTRAS, True),
        ((b"IDAT", b""), MAX_EXTRAS, False),
        ((b"IDAT", b""), MAX_CHUNKS, True),
    ],
)
def test_a_png_of_many_chunks_is_refused(make_picture, chunk, count, refused):
    chunks = parse(encoded(Image.fromarray(make_picture(64, 48)), "PNG"))
    content = join([chunks[0], *[chunk] * count, *chunks[1:]])
    if not refused:
        assert load_image(content).size == (64, 48)
        return
    with pytest.raises(InputError, match=r"more parts than any picture needs"):
        load_image(content)


def test_a_folder_in_the_place_of_a_picture_is_no_file(tmp_path):
    with pytest.raises(InputError, match="There is no file"):
        load_image(tmp_path)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a" * 300, "File name too long"),
        ("a\0b", "There is no file"),
        ("a\ud800b", r"no file .*a\?b"),
    ],
)
def test_a_name_that_no_file_can_have_is_one_short_sentence(tmp_path, name, sentence):
    with pytest.raises(InputError, match=sentence) as caught:
        load_image(tmp_path / f"{name}.png")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


def test_an_errors_message_is_one_line_without_its_middle():
    message = str(InputError("seen:\n" + "\ud800\u202e" + "x" * 10_000 + " the end."))
    assert message.startswith("seen: ??xxx")
    assert message.endswith("xxx the end.")
    assert len(message) < 300


def test_too_large_a_file_is_refused_with_its_size(tmp_path, monkeypatch):
    monkeypatch.setattr(images, "MAX_BYTES", 1_000_000)
    (tmp_path / "large.png").write_bytes(bytes(1_500_000))
    with pytest.raises(InputError, match=r"large\.png has 1\.5 MB; the limit is 1 MB"):
        load_image(tmp_path / "large.png")
