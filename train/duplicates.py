"""Near-duplicates among hundreds of thousands of pictures, without comparing all pairs.

The 64-bit hashes are cut into four words of 16 bits. Two hashes that differ in at most 11 bits
have a word that differs in at most 2 (11 = 4 x 3 - 1), so that looking up each word, changed in up
to two bits, finds all pairs ("Fast search in Hamming space with multi-index hashing", Norouzi,
Punjani and Fleet 2012).
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

WORDS = 4
BITS = 16
PAIRS_AT_ONCE = 2_000_000
MOST_BITS = 11
"""Largest distance for which no pair is missed."""


def near_pairs(hashes: np.ndarray, bits: int) -> np.ndarray:
    """Return all pairs i < j of hashes, uint64 (N,), that differ in at most `bits` bits, (P, 2).

    Raises:
        ValueError: more bits than `MOST_BITS`.
    """
    if bits > MOST_BITS:
        raise ValueError(f"The distance is {bits}; wanted is at most {MOST_BITS} bits of 64.")
    found = [np.empty((0, 2), np.int64)]
    for word in range(WORDS):
        keys = (hashes >> np.uint64(BITS * word)).astype(np.uint16)
        order = np.argsort(keys, kind="stable")
        for mask in _masks(bits // WORDS):
            for pairs in _matches(keys, order, mask):
                close = _distance(hashes[pairs[:, 0]], hashes[pairs[:, 1]]) <= bits
                found.append(pairs[close])
    return np.unique(np.concatenate(found), axis=0)


def _masks(changed: int) -> list[int]:
    """Return the 16-bit words with up to `changed` bits set."""
    places = [p for k in range(changed + 1) for p in combinations(range(BITS), k)]
    return [sum(1 << bit for bit in place) for place in places]


def _matches(keys: np.ndarray, order: np.ndarray, mask: int) -> Iterator[np.ndarray]:
    """Yield pairs i < j, (P, 2), whose keys differ exactly by `mask`, some at a time."""
    ordered, wanted = keys[order], keys ^ np.uint16(mask)
    first = np.searchsorted(ordered, wanted, "left")
    counts = np.searchsorted(ordered, wanted, "right") - first
    chunks = max(1, int(counts.sum()) // PAIRS_AT_ONCE)
    for left in np.array_split(np.arange(len(keys)), chunks):
        count = counts[left]
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        pairs = np.column_stack(
            [np.repeat(left, count), order[np.repeat(first[left], count) + within]]
        )
        yield pairs[pairs[:, 0] < pairs[:, 1]]


def _distance(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return in how many bits two arrays of uint64 differ, element by element."""
    return np.unpackbits((one ^ other).view(np.uint8).reshape(-1, 8), axis=1).sum(axis=1)


def repeats(
    hashes: np.ndarray, thumbnails: np.ndarray, bits: int, levels: float
) -> dict[int, tuple[int, int]]:
    """Return the pictures to drop: {place: (place of the one kept, bits that differ)}.

    Args:
        hashes: uint64 (N,), the pictures to keep first first.
        thumbnails: uint8 (N, T), compared so that a recolored copy is no duplicate.
        bits: most bits that may differ.
        levels: most levels of 256 that thumbnails may differ in, on average.
    """
    dropped: dict[int, tuple[int, int]] = {}
    pairs = near_pairs(hashes, bits)
    for i, j in pairs[np.lexsort((pairs[:, 0], pairs[:, 1]))]:
        if int(j) in dropped or int(i) in dropped:
            continue
        difference = np.abs(thumbnails[i].astype(np.int16) - thumbnails[j]).mean()
        if difference <= levels:
            dropped[int(j)] = (int(i), int(_distance(hashes[i : i + 1], hashes[j : j + 1])[0]))
    return dropped
