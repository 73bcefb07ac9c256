"""What a picture file is made of, counted before anything is decoded.

A file of a few bytes can hold parts that take a decoder seconds each: passes over a progressive
JPEG, compressed profiles in a PNG. Pictures have a few of them, and only spoiled ones thousands.
"""

import io
import re
import zipfile

MAX_SCANS = 64
"""Most passes over a JPEG; encoders make up to a dozen, and each takes as long as all pixels do."""
MAX_EXTRAS = 1000
"""Most chunks of a PNG beside those of its pixels, as a profile takes a millisecond; most blocks
of a GIF and resources of a PSD before the pixels."""
MAX_CHUNKS = 100_000
"""Most chunks of a PNG in all; a file of `MAX_BYTES` in the smallest usual ones has 5,000."""
PIXELS = (b"IDAT", b"fdAT", b"fcTL")
"""The chunks of a PNG that come once for some lines, or once for each frame."""
PNG = b"\x89PNG\r\n\x1a\n"
MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])")
"""A JPEG's next part after pixels: neither a stuffed byte nor a restart."""
START_OF_SCAN, END = 0xDA, 0xD9
GIF_EXTENSION, GIF_ENDS = 0x21, b",;"
BMP_RUNS = (1, 2)
"""Compressions of a BMP that Pillow unpacks run by run, in seconds for a megabyte."""
ZIP, ZIP_ENTRY = b"PK\x03\x04", b"PK\x01\x02"
MAX_ENTRIES = 10_000
"""Most entries of a zip; a drawing has some for each layer."""
MERGED = "mergedimage.png"
"""The entry of OpenRaster and Krita files that shows all layers together."""


def has_too_many_parts(content: bytes) -> bool:
    """Return whether a file would keep a decoder busy for longer than its pixels do."""
    if content.startswith(PNG):
        return _has_too_many_chunks(content)
    if content.startswith(b"GIF8"):
        return _gif_blocks(content) > MAX_EXTRAS
    if content.startswith(b"BM"):
        header, packing = (int.from_bytes(content[i : i + 4], "little") for i in (14, 30))
        return header >= 40 and packing in BMP_RUNS
    if content.startswith(b"8BPS"):
        return _psd_resources(content) > MAX_EXTRAS
    return content.startswith(b"\xff\xd8") and _scans(content) > MAX_SCANS


def merged_picture(content: bytes, most: int) -> tuple[bytes, int]:
    """Return the PNG that an OpenRaster or Krita file shows, and how many bytes it has.

    One of more than `most` bytes is not read.

    Raises:
        ValueError, KeyError, zipfile.BadZipFile: damaged, or a zip of another kind.
    """
    if content.count(ZIP_ENTRY) > MAX_ENTRIES:
        raise ValueError(f"a zip of more than {MAX_ENTRIES} entries")
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        size = file.getinfo(MERGED).file_size
        return (read_entry(file, MERGED) if size <= most else b""), size


def read_entry(file: zipfile.ZipFile, name: str) -> bytes:
    """Return an entry of a zip; never more than its table of contents says, whatever it holds.

    Raises:
        ValueError: packed in a way that may unfold without end.
    """
    info = file.getinfo(name)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name} is packed in another way than zip's own")
    with file.open(info) as entry:
        return entry.read(info.file_size)


def _gif_blocks(content: bytes) -> int:
    """Return the blocks of a GIF before its first picture, up to some more than are allowed."""
    flags = content[10] if len(content) > 10 else 0
    at = 13 + (3 << (flags & 7) + 1 if flags & 128 else 0)
    blocks = 0
    while at < len(content) and blocks <= MAX_EXTRAS and content[at] not in GIF_ENDS:
        blocks += 1
        if content[at] != GIF_EXTENSION:
            at += 1  # a stray byte, which Pillow skips
            continue
        at += 2
        while at < len(content) and blocks <= MAX_EXTRAS and (size := content[at]):
            blocks += 1
            at += 1 + size
        at += 1
    return blocks


def _psd_resources(content: bytes) -> int:
    """Return the resources of a Photoshop file, up to one more than is allowed."""

    def size(at: int) -> int:
        return int.from_bytes(content[at : at + 4], "big")

    at = 30 + size(26)
    end, at, found = at + 4 + size(at), at + 4, 0
    while at < min(end, len(content)) and found <= MAX_EXTRAS:
        at += 7 + (content[at + 6] | 1 if at + 6 < len(content) else 1)
        at += 4 + size(at) + (size(at) & 1)
        found += 1
    return found


def _has_too_many_chunks(content: bytes) -> bool:
    at, chunks, extras = len(PNG), 0, 0
    while at < len(content) and chunks <= MAX_CHUNKS and extras <= MAX_EXTRAS:
        size = int.from_bytes(content[at : at + 4], "big")
        chunks += 1
        extras += content[at + 4 : at + 8] not in PIXELS
        at += 12 + size
    return chunks > MAX_CHUNKS or extras > MAX_EXTRAS


def _scans(content: bytes) -> int:
    """Return the number of passes over a JPEG's pixels, up to one more than is allowed."""
    scans, at = 0, 2
    while scans <= MAX_SCANS and (found := MARKER.search(content, at)):
        kind, at = found[1][0], found.end()
        if kind == END:
            break
        scans += kind == START_OF_SCAN
        if kind > 0x01:  # all others that are left have a length; that of a scan is its head's
            at += int.from_bytes(content[at : at + 2], "big")
    return scans
