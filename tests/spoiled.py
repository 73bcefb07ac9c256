"""Pictures spoiled on purpose, and how many of them `train.prepare` finds.

    python -m tests.spoiled --data PICTURES [MORE ...] [--photos PHOTOS] [-o REPORT]

Fifty pictures are spoiled in the ways of Section 4.1 and put among the clean ones; the table gives
recall and precision of each rule. A clean picture counts against the rule that drops it, whatever
the eye would say; REPORT gets the contact sheet. The thresholds were chosen on the pictures whose
names hash to an even number; this takes the others (--half 0 takes the even ones).
"""

import argparse
import hashlib
import tempfile
from pathlib import Path

import cv2
import numpy as np
from tqdm.contrib.concurrent import thread_map

from colorizer.images import list_images, load_image
from train.prepare import write_report
from train.screening import RULES, Thresholds, judge_all, measure

CASTS = ((1.0, 0.55, 0.2), (0.25, 0.55, 1.0), (0.35, 1.0, 0.35), (1.0, 0.3, 0.6))


def gray(picture, rng):
    """Black and white: the luma, or a scan of it with a breath of color."""
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[:, :, None].repeat(3, axis=2)
    return np.clip(luma + rng.integers(-3, 4, 3), 0, 255).astype(np.uint8)


def dark(picture, rng):
    """Low key: a quarter of the light or less."""
    return (picture * rng.uniform(0.08, 0.25)).astype(np.uint8)


def bright(picture, rng):
    """High key: lifted until nothing is dark."""
    return (255 - (255 - picture.astype(float)) * rng.uniform(0.08, 0.25)).astype(np.uint8)


def cast(picture, rng):
    """Skewed color: seen through a colored glass."""
    return (picture * np.array(CASTS[rng.integers(len(CASTS))])).astype(np.uint8)


def toned(picture, rng):
    """Skewed color: sepia on cream paper."""
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[:, :, None] / 255
    ink, paper = np.array([60, 35, 15]), np.array([250, 225, 180])
    return (ink + (paper - ink) * luma).astype(np.uint8)


def photo_like(picture, rng):
    """Photograph: a gradient, clouds with a 1/f spectrum in each channel, and sensor noise."""
    height, width = picture.shape[:2]
    y, x = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    radius = np.maximum(np.hypot(y, x), 1 / max(height, width))
    result = np.linspace(rng.uniform(40, 120), rng.uniform(120, 220), height)[:, None, None]
    result = result + np.zeros((height, width, 3))
    shared = rng.normal(size=radius.shape) + 1j * rng.normal(size=radius.shape)
    for channel in range(3):
        own = rng.normal(size=radius.shape) + 1j * rng.normal(size=radius.shape)
        clouds = np.fft.irfft2((shared + 0.6 * own) / radius**1.2, (height, width))
        result[:, :, channel] += clouds / clouds.std() * 35 + rng.normal(0, 3, (height, width))
    return np.clip(result, 0, 255).astype(np.uint8)


def rescaled(picture, rng):
    """Near-duplicate: another size."""
    return cv2.resize(picture, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)


def cropped(picture, rng):
    """Near-duplicate: a hundredth off each side."""
    y, x = (max(1, round(side * 0.01)) for side in picture.shape[:2])
    return picture[y:-y, x:-x]


def unchanged(picture, rng):
    """What is spoiled about it is how it is written."""
    return picture


KINDS = {
    "black and white": ((gray, 7),),
    "low key": ((dark, 6),),
    "high key": ((bright, 6),),
    "skewed color": ((cast, 5), (toned, 3)),
    "photograph": ((photo_like, 6),),
    "near-duplicate": ((unchanged, 3), (rescaled, 3), (cropped, 3)),
    "unreadable": ((unchanged, 6),),
    "small": ((unchanged, 2),),
}
"""How each rule's pictures are spoiled, and how many: fifty in all."""


def write_spoiled(sources: list[np.ndarray], out: Path, small: int, seed=0) -> dict[Path, str]:
    """Write the fifty into a folder and return the rule that should drop each.

    Args:
        sources: clean pictures, RGB bytes; near-duplicates are made of them, too.
        out: where to.
        small: the longer side of those that are too small, pixels.
        seed: of everything random.
    """
    rng, truth = np.random.default_rng(seed), {}
    out.mkdir(parents=True, exist_ok=True)
    for rule, ways in KINDS.items():
        for way, count in ways:
            for number in range(count):
                picture = way(sources[int(rng.integers(len(sources)))], rng)
                path = out / f"{rule.replace(' ', '-')}-{way.__name__}-{number}"
                truth[_write(picture, path, rule, number, small)] = rule
    return truth


def _write(picture, path, rule, number, small):
    path = path.with_suffix((".jpg", ".png", ".webp")[number % 3])
    if rule == "near-duplicate":  # a lossy copy
        path = path.with_suffix(".jpg")
    if rule == "small":
        picture = cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA)
    options = [cv2.IMWRITE_JPEG_QUALITY, 70] if path.suffix == ".jpg" else []
    cv2.imwrite(str(path), cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2BGR), options)
    if rule == "unreadable":
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) * (number + 2) // 9])
    return path


def score(verdicts, truth) -> dict[str, tuple[int, int, int, int]]:
    """Return for each rule how many pictures it should drop, it did, any did, and others it did.

    Of a near-duplicate and its original, either may be the one to go.
    """
    dropped = {path: verdict for path, verdict in verdicts.items() if verdict}
    for path, verdict in list(dropped.items()):
        if truth.get(Path(verdict.kept)) == "near-duplicate" and path not in truth:
            dropped[Path(verdict.kept)] = dropped.pop(path)
    result = {}
    for rule in RULES:
        wanted = {path for path, right in truth.items() if right == rule}
        found = {path for path, verdict in dropped.items() if verdict.rule == rule}
        result[rule] = tuple(
            map(len, (wanted, wanted & found, wanted & set(dropped), found - wanted))
        )
    return result


def markdown(scores) -> str:
    """Return the scores as a table."""
    lines = ["| rule | spoiled | found | by any rule | recall | others dropped | precision |"]
    lines += ["| --- | --- | --- | --- | --- | --- | --- |"]
    for rule, (wanted, right, anyhow, wrong) in scores.items():
        recall = f"{right / wanted:.2f}" if wanted else ""
        precision = f"{right / (right + wrong):.2f}" if right + wrong else ""
        lines.append(
            f"| {rule} | {wanted} | {right} | {anyhow} | {recall} | {wrong} | {precision} |"
        )
    return "\n".join(lines)


def is_in_half(path: Path, half: int) -> bool:
    """Whether a picture is in the half of even (0) or odd (1) hashes."""
    return hashlib.sha1(path.name.encode()).digest()[0] % 2 == half


def build_parser():
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", nargs="+", type=Path, required=True)
    parser.add_argument("--photos", type=Path, help="folder of photographs, spoiled as they are")
    parser.add_argument("--half", type=int, default=1, choices=(0, 1))
    parser.add_argument(
        "--smallest", type=int, default=160, help="as of train.prepare [%(default)s]"
    )
    parser.add_argument("--limit", type=int, default=0, help="most pictures of each folder")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("-o", "--out", type=Path, default=Path("out/spoiled"))
    return parser


def main(argv=None):
    """Print the table."""
    args = build_parser().parse_args(argv)
    clean = []
    for folder in args.data:
        found = [path for path in list_images(folder) if is_in_half(path, args.half)]
        found.sort(key=lambda path: hashlib.sha1(path.name.encode()).digest())
        clean += found[: args.limit or None]
    photos = list_images(args.photos) if args.photos else []
    photos = [path for path in photos if is_in_half(path, args.half)]
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        sources = [np.asarray(load_image(path)) for path in clean[:: max(1, len(clean) // 60)]]
        large = [s for s in sources if min(s.shape[:2]) >= args.smallest * 1.3]
        truth = write_spoiled(large, Path(temporary), args.smallest // 2)
        truth |= dict.fromkeys(photos, "photograph")
        paths = [*clean, *truth]
        measures = dict(zip(paths, thread_map(measure, paths, max_workers=args.workers)))
        verdicts = judge_all(measures, Thresholds(smallest=args.smallest))
        write_report(verdicts, args.out)
    print(f"{len(clean)} clean pictures, {len(truth)} spoiled ones, {len(photos)} of them photos")
    print(markdown(score(verdicts, truth)))


if __name__ == "__main__":
    main()
