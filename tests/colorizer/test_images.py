"""Pictures in and out: every kind of file and array."""

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from skimage.transform import downscale_local_mean

from colorizer import images
from colorizer.images import load_image, load_image_rgba, resize_u8, to_tensor, to_u8
from tests.support.pictures import saved

RAMP = np.linspace(0, 255, 64).round().astype(np.uint8).reshape(8, 8)


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
