"""Hint-AUC: a third party's evaluator, `hintauc` (MIT), runs our colorizer.

    python -m eval.hint_auc --data PICTURES --pairs PAIRS --only NAMES --limit 24 -o hint-auc

It lays deterministic hints, scribbles of each region's mean color, and integrates each metric over
the share of regions that have one. Written are OUT/hint-auc.md and OUT/hint-auc.json with the
protocol. `pip install --no-deps hintauc` is enough for the repeatable scribbles. The published ones
(--path-method filfinder) need its dependencies, which want NumPy 1: give them an environment of
their own.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from colorizer.images import InputError
from colorizer.pipeline import Colorizer
from train.options import option, parse_config, run_main

from .drawings import KINDS, Drawing, DrawingConfig, list_drawings
from .sheet import arguments

METRICS = ("psnr", "ssim", "mse", "deltae")
"""hintauc's measures that need no downloaded network: on 256x256, colors in [0, 1]; CIEDE2000."""


@dataclass(frozen=True)
class Config(DrawingConfig):
    """What is evaluated; the hints depend on no seed."""

    hint_type: str = option("scribble", "a region's hint", choices=("scribble", "dot"))
    path_method: str = option(
        "geodesic", "repeatable, or as published", choices=("geodesic", "filfinder")
    )
    checkpoint: str = option("", "folder or user/repo; empty: the bundled one")
    out: str = option("hint-auc", "folder to write into; also -o")


def adapter(colorizer: Colorizer) -> Callable[[dict], np.ndarray]:
    """Return the colorizer as hintauc calls one: a sample in, uint8 (H, W, 3) in BGR out.

    A sample has line_art (H, W), hint_color (H, W, 3) in BGR and hint_mask (H, W), 0 or 255.
    """

    def colorize(sample: dict) -> np.ndarray:
        layer = np.dstack([sample["hint_color"][:, :, ::-1], sample["hint_mask"]])
        result = colorizer(sample["line_art"], Image.fromarray(layer, "RGBA")).image
        return np.ascontiguousarray(np.asarray(result)[:, :, ::-1])

    return colorize


def evaluate(colorizer: Colorizer, drawings: list[Drawing], config: Config) -> dict:
    """Return hintauc's result for some drawings: per_alpha, hint_auc, n_images, protocol.

    Raises:
        InputError: hintauc, or what it draws its published scribbles with, is not installed.
    """
    try:
        import hintauc

        if config.path_method == "filfinder":
            import fil_finder  # noqa: F401
    except ImportError as error:
        raise InputError(
            "Hint-AUC needs a package: pip install --no-deps hintauc; with --path-method "
            "filfinder its dependencies too, in an environment of their own."
        ) from error
    loaded = (drawing.load() for drawing in tqdm(drawings, unit="drawing", dynamic_ncols=True))
    pairs = ((line, np.ascontiguousarray(color[:, :, ::-1])) for color, line in loaded)
    return hintauc.evaluate_colorizer(
        adapter(colorizer),
        pairs,
        metrics=METRICS,
        hint_type=config.hint_type,
        path_method=config.path_method,
    )


def markdown(results: dict[str, dict]) -> str:
    """Return a table: a row for each kind of lines and share of hinted regions, then the AUC."""
    lines = [f"| lines | N | regions with a hint | {' | '.join(METRICS)} |", "| --- " * 7 + "|"]
    for kind, result in results.items():
        rows = {f"{share:.0%}": scores for share, scores in result["per_alpha"].items()}
        for name, scores in (rows | {"Hint-AUC": result["hint_auc"]}).items():
            cells = " | ".join(f"{scores[metric]:.4g}" for metric in METRICS)
            lines.append(f"| {kind} | {result['n_images']} | {name} | {cells} |")
    return "\n".join(lines) + "\n"


def main(argv: list[str] | None = None) -> None:
    """Evaluate what the command line describes."""
    config: Config = parse_config(Config, __doc__, arguments(argv))
    drawings = list_drawings(config)
    colorizer = Colorizer.from_pretrained(config.checkpoint or None)
    kinds = {kind: [d for d in drawings if d.kind == kind] for kind in KINDS}
    results = {k: evaluate(colorizer, chosen, config) for k, chosen in kinds.items() if chosen}
    out = Path(config.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "hint-auc.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    table = markdown(results)
    (out / "hint-auc.md").write_text(table, "utf-8")
    print(table)


if __name__ == "__main__":
    run_main(main)
