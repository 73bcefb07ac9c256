"""Formats beside PNG, JPEG and WebP: what they show, their dpi, and what a spoiled one costs."""

import io
import struct
import time
import tracemalloc
import zipfile

import numpy as np
import pytest
from PIL import Image

from colorizer.heads import MAX_ENTRIES, MERGED
from colorizer.images import MAX_BYTES, InputError, load_image, load_image_rgba, save_image
from colorizer.layers import Layer, write_ora, write_psd


@pytest.fixture
def picture(make_picture):
    """RGB of 70x50."""
    return Image.fromarray(make_picture(50, 70))


def png(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()


def zipped(method=zipfile.ZIP_DEFLATED, **entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in entries.items():
            file.writestr(f"{name}.png", content)
    return buffer.getvalue()


def chunk(first, *rest):
    return first + b"".join(rest)


@pytest.mark.parametrize("name", ["a.bmp", "a.gif", "a.ora", "a.psd", "a.kra"])
def test_other_formats_show_the_same_picture(tmp_path, picture, name):
    path = tmp_path / name
    if name == "a.gif":
        picture = picture.quantize(64).convert("RGB")
        picture.save(path)
    elif name == "a.bmp":
        picture.save(path)
    elif name == "a.kra":  # as Krita writes it
        path.write_bytes(zipped(mergedimage=png(picture), preview=b"-"))
    else:
        write = write_ora if name == "a.ora" else write_psd
        write(path, [Layer("Ground", picture.convert("RGBA"))])
    assert (np.asarray(load_image(path)) == np.asarray(picture)).all()


def test_of_a_gif_the_first_picture_counts_and_its_transparency(tmp_path, picture):
    first = Image.new("P", (40, 30), 0)
    first.putpalette([255, 0, 0, 0, 0, 0] + [0] * 762)
    first.paste(1, (10, 10, 20, 20))
    first.save(tmp_path / "a.gif", save_all=True, append_images=[picture], transparency=0)
    found = np.asarray(load_image_rgba(tmp_path / "a.gif"))
    assert found.shape == (30, 40, 4)
    assert found[0, 0, 3] == 0
    assert found[15, 15].tolist() == [0, 0, 0, 255]


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_dpi_stays_with_a_picture(tmp_path, picture, ending):
    path = tmp_path / f"a.{ending}"
    picture.save(path, dpi=(600, 300))
    found = load_image(path)
    assert found.info.keys() == {"dpi"}
    save_image(found, tmp_path / "b.png")
    assert Image.open(tmp_path / "b.png").info["dpi"] == pytest.approx((600, 300), abs=0.1)


def test_a_transparent_picture_keeps_its_dpi(tmp_path):
    Image.new("RGBA", (9, 9)).save(tmp_path / "a.png", dpi=(150, 150))
    assert load_image(tmp_path / "a.png").info["dpi"] == pytest.approx((150, 150), abs=0.1)


@pytest.mark.parametrize("dpi", [(0, 0), (1e9, 1e9)])
def test_a_dpi_that_cannot_be_is_dropped(picture, dpi):
    picture.info["dpi"] = dpi
    assert load_image(picture).info == {}


def gif(*blocks):
    head = b"GIF89a" + struct.pack("<HHBBB", 4, 4, 0x80, 0, 0) + bytes(6)
    body = b"," + struct.pack("<HHHHB", 0, 0, 4, 4, 0) + b"\x02\x02\x84\x51\x00"
    return chunk(head, *blocks, body, b";")


COMMENT = b"\x21\xfe" + (b"\xff" + bytes(255)) * 70_000 + b"\x00"


def psd_of(resources):
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 4, 4, 8, 3) + struct.pack(">I", 0)
    return head + struct.pack(">I", len(resources)) + resources + bytes(4 + 2 + 3 * 16)


def bmp_of_runs(size):
    info = struct.pack("<IiiHHIIiiII", 40, 6000, 4000, 1, 8, 1, size, 0, 0, 0, 0)
    head = struct.pack("<2sIHHI", b"BM", 54 + 1024 + size, 0, 0, 54 + 1024)
    return head + info + bytes(1024) + b"\x01\x00" * (size // 2)


SPOILED = {
    "gif of comments": gif(COMMENT),
    "gif of stray bytes": gif(b"\x00" * 15_000_000),
    "psd of resources": psd_of(b"8BIM\x04\x00\x00\x00\x00\x00\x00\x00" * 1_500_000),
    "bmp of runs": bmp_of_runs(15_000_000),
    "zip of entries": zipped(**{f"n{i}": b"" for i in range(MAX_ENTRIES)}, mergedimage=b""),
    "zip of another kind": zipped(picture=b"-"),
    "packed without end": zipped(zipfile.ZIP_BZIP2, mergedimage=bytes(10_000_000)),
    "zip that breaks off": zipped(mergedimage=bytes(100_000))[:60],
    "zip in a zip": zipped(mergedimage=zipped(mergedimage=b"")),
    "too large in the zip": zipped(mergedimage=bytes(MAX_BYTES + 1)),
}


@pytest.mark.parametrize("kind", SPOILED)
def test_a_spoiled_file_is_refused_soon(kind):
    before = time.thread_time()
    with pytest.raises(InputError, match="the file"):
        load_image(SPOILED[kind], "the file")
    assert time.thread_time() - before < 2


def test_a_bomb_in_a_zip_unfolds_no_further_than_it_says():
    content = zipped(mergedimage=bytes(300_000_000))
    size = struct.pack("<I", 300_000_000)
    assert content.count(size) == 2  # before the entry and in the table of contents
    with pytest.raises(InputError, match=r"300\.0 MB; the limit is 20 MB"):
        load_image(content, "the file")
    lying = content.replace(size, struct.pack("<I", 1000))
    tracemalloc.start()
    with pytest.raises(InputError, match="Cannot read the file"):
        load_image(lying, "the file")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


def test_plain_files_have_few_parts(tmp_path, picture):
    picture.quantize(16).save(tmp_path / "a.gif", comment=b"made by hand " * 100)
    picture.save(tmp_path / "a.bmp")
    for name in ("a.gif", "a.bmp"):
        assert load_image(tmp_path / name).size == picture.size


def test_the_entry_is_the_one_that_programs_write(tmp_path, picture):
    write_ora(tmp_path / "a.ora", [Layer("Ground", picture.convert("RGBA"))])
    assert MERGED in zipfile.ZipFile(tmp_path / "a.ora").namelist()
