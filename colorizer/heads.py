"""What a picture file is made of, counted before anything is decoded.

A file of a few bytes can hold parts that take a decoder seconds each: passes over a progressive
JPEG, compressed profiles in a PNG. Pictures have a few of them, and only spoiled ones thousands.
"""

import re

MAX_SCANS = 64
"""Most passes over a JPEG; encoders make up to a dozen, and each takes as long as all pixels do."""
MAX_EXTRAS = 1000
"""Most chunks of a PNG beside those of its pixels; a profile takes a millisecond."""
MAX_CHUNKS = 100_000
"""Most chunks of a PNG in all; a file of `MAX_BYTES` in the smallest usual ones has 5,000."""
PIXELS = (b"IDAT", b"fdAT", b"fcTL")
"""The chunks of a PNG that come once for some lines, or once for each frame."""
PNG = b"\x89PNG\r\n\x1a\n"
MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])")
"""A JPEG's next part after pixels: neither a stuffed byte nor a restart."""
START_OF_SCAN, END = 0xDA, 0xD9


def has_too_many_parts(content: bytes) -> bool:
    """Return whether a file would keep a decoder busy for longer than its pixels do."""
    if content.startswith(PNG):
        return _has_too_many_chunks(content)
    return content.startswith(b"\xff\xd8") and _scans(content) > MAX_SCANS


def _has_too_many_chunks(content: bytes) -> bool:
    place, chunks, extras = len(PNG), 0, 0
    while place < len(content) and chunks <= MAX_CHUNKS and extras <= MAX_EXTRAS:
        size = int.from_bytes(content[place : place + 4], "big")
        chunks += 1
        extras += content[place + 4 : place + 8] not in PIXELS
        place += 12 + size
    return chunks > MAX_CHUNKS or extras > MAX_EXTRAS


def _scans(content: bytes) -> int:
    """Return the number of passes over a JPEG's pixels, up to one more than is allowed."""
    scans, place = 0, 2
    while scans <= MAX_SCANS and (found := MARKER.search(content, place)):
        kind, place = found[1][0], found.end()
        if kind == END:
            break
        scans += kind == START_OF_SCAN
        if kind > 0x01:  # all others that are left have a length; that of a scan is its head's
            place += int.from_bytes(content[place : place + 2], "big")
    return scans
