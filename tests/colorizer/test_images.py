"""Pictures in and out: every kind of file and array, and every error."""

import io

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from skimage.transform import downscale_local_mean

from colorizer import images
from colorizer.heads import MAX_CHUNKS, MAX_EXTRAS, MAX_SCANS
from colorizer.images import InputError, load_image, load_image_rgba, resize_u8, to_tensor, to_u8
from tests.fuzz.pictures import join, parse

RAMP = np.linspace(0, 255, 64).round().astype(np.uint8).reshape(8, 8)


def saved(folder, image, name="picture.png", **options):
    image.save(folder / name, **options)
    return folder / name


@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_a_lossless_rgb_file_comes_back_byte_for_byte(tmp_path, make_picture, suffix):
    picture = make_picture(31, 17)
    path = saved(tmp_path, Image.fromarray(picture), f"a.{suffix}", lossless=True)
    assert (np.asarray(load_image(path)) == picture).all()
    assert (np.asarray(load_image(str(path))) == picture).all()


def test_a_jpeg_file_is_read(tmp_path, make_picture):
    picture = make_picture(64, 48)
    image = load_image(saved(tmp_path, Image.fromarray(picture), "a.jpg", quality=95))
    assert image.size == (64, 48)
    assert np.abs(np.asarray(image).astype(int) - picture).mean() < 5


@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA", "LA"])
def test_gray_palette_and_color_files_show_the_same_gray(tmp_path, mode):
    path = saved(tmp_path, Image.fromarray(RAMP).convert(mode))
    assert (np.asarray(load_image(path)) == RAMP[:, :, None]).all()


def test_a_black_and_white_file_is_read(tmp_path):
    bits = Image.fromarray(RAMP > 100)
    assert bits.mode == "1"
    wanted = np.where(RAMP > 100, 255, 0)[:, :, None]
    assert (np.asarray(load_image(saved(tmp_path, bits))) == wanted).all()


def test_a_16_bit_gray_file_is_scaled_not_clipped(tmp_path):
    path = saved(tmp_path, Image.fromarray(RAMP.astype(np.uint16) * 257))
    apart = np.asarray(load_image(path))[:, :, 0].astype(int) - RAMP
    assert np.abs(apart).max() <= 1


def test_a_16_bit_color_file_is_scaled(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.dstack([RAMP.astype(np.uint16) * 257] * 3))
    apart = np.asarray(load_image(tmp_path / "a.png"))[:, :, 0].astype(int) - RAMP
    assert np.abs(apart).max() <= 1


def test_transparency_lies_on_white_paper():
    # black at alpha 0, 51 and 255 over white: 255, 255 x 0.8 = 204, 0
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0, :, 3] = 0, 51, 255
    assert np.asarray(load_image(rgba))[0, :, 0].tolist() == [255, 204, 0]


def test_a_transparent_palette_color_lies_on_white(tmp_path):
    image = Image.new("P", (4, 4), 0)
    image.putpalette([0, 0, 0, 255, 0, 0])
    path = saved(tmp_path, image, transparency=0)
    assert (np.asarray(load_image(path)) == 255).all()


def test_rgba_keeps_its_transparency():
    rgba = np.arange(64, dtype=np.uint8).reshape(4, 4, 4)
    assert (np.asarray(load_image_rgba(rgba)) == rgba).all()


@pytest.mark.parametrize(
    ("orientation", "turn"), [(1, 0), (3, 2), (6, 3), (8, 1)]
)  # numpy turns counterclockwise
def test_exif_rotation_is_applied(tmp_path, make_picture, orientation, turn):
    picture = make_picture(30, 20)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path, Image.fromarray(picture), exif=exif)
    assert (np.asarray(load_image(path)) == np.rot90(picture, turn)).all()


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1), (8, 8, 3), (8, 8, 4)])
def test_an_array_of_bytes_is_a_picture(shape):
    array = np.full(shape, 255, np.uint8)
    assert (np.asarray(load_image(array)) == 255).all()


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


def test_a_folder_lists_its_pictures_at_any_depth_in_order(tmp_path):
    (tmp_path / "b").mkdir()
    for name in ("c.PNG", "b/a.jpg", "a.webp", "notes.txt", "d.jpeg", ".half.png"):
        (tmp_path / name).touch()
    found = [str(p.relative_to(tmp_path)) for p in images.list_images(tmp_path)]
    assert found == ["a.webp", "b/a.jpg", "c.PNG", "d.jpeg"]


def test_bytes_become_minus_1_to_1_and_come_back_exactly():
    array = np.arange(256, dtype=np.uint8).reshape(16, 16)
    tensor = to_tensor(array)
    assert tensor.shape == (1, 16, 16)
    assert tensor.dtype == torch.float32
    assert (tensor.min(), tensor.max()) == (-1, 1)
    assert (to_u8(tensor) == array).all()
    color = np.dstack([array, array.T, 255 - array])
    assert (to_u8(to_tensor(color)) == color).all()


def test_a_tensor_out_of_range_is_clamped():
    assert to_u8(torch.tensor([[[-3.0, 3.0]]])).tolist() == [[0, 255]]


def test_shrinking_averages_the_area(make_picture):
    picture = make_picture(64, 32)
    wanted = downscale_local_mean(picture.astype(float), (4, 4, 1))
    np.testing.assert_allclose(resize_u8(picture, (16, 8)), wanted, atol=0.51)


def test_resizing_to_the_same_size_changes_nothing(make_picture):
    picture = make_picture(30, 20)
    assert resize_u8(picture, (30, 20)) is picture


@pytest.mark.parametrize("size", [(60, 40), (60, 10), (7, 90)])
def test_enlarging_gives_the_size_and_keeps_flat_colors(size):
    flat = np.full((20, 30, 3), (10, 120, 250), np.uint8)
    large = resize_u8(flat, size)
    assert large.shape == (size[1], size[0], 3)
    assert (large == flat[0, 0]).all()
