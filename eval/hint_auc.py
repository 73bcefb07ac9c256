"""Hint-AUC: a third party's evaluator, `hintauc` (MIT), runs our colorizer.

    python -m eval.hint_auc --data PICTURES --pairs PAIRS --only NAMES --limit 24 -o hint-auc

It lays deterministic hints, scribbles of each region's mean color, and integrates each metric over
the share of regions that have one. Written are OUT/hint-auc.md and OUT/hint-auc.json with the
protocol. The scribbles are its repeatable ones, geodesic paths; its published ones need NumPy 1.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image
from tqdm import tqdm

from colorizer.images import InputError
from train.options import option, parse_config, run_main

from .commands import table, write_report
from .drawings import Drawing, DrawingConfig, list_drawings
from .systems import Case, System, SystemConfig, load_systems

METRICS = ("psnr", "ssim", "mse", "deltae")
"""hintauc's measures that need no downloaded network: on 256x256, colors in [0, 1]; CIEDE2000."""
SCRIBBLES = {"hint_type": "scribble", "path_method": "geodesic"}


@dataclass(frozen=True)
class Config(DrawingConfig, SystemConfig):
    """What is evaluated; the hints depend on no seed."""

    out: str = option("hint-auc", "folder to write into", short="-o")


def colorize(system: System, sample: dict) -> np.ndarray:
    """Return a system's picture as hintauc wants it, uint8 (H, W, 3) in BGR.

    A sample has line_art (H, W), hint_color (H, W, 3) in BGR and hint_mask (H, W), 0 or 255.
    """
    layer = np.dstack([sample["hint_color"][:, :, ::-1], sample["hint_mask"]])
    result = system(Case(sample["line_art"], Image.fromarray(layer, "RGBA")))
    return np.ascontiguousarray(result[:, :, ::-1])


def evaluate(system: System, drawings: list[Drawing]) -> dict:
    """Return hintauc's per_alpha, hint_auc, n_images and protocol; InputError if it is missing."""
    try:
        import hintauc
    except ImportError as error:
        raise InputError("Hint-AUC needs a package: pip install --no-deps hintauc.") from error
    loaded = (drawing.load() for drawing in tqdm(drawings, unit="drawing", dynamic_ncols=True))
    pairs = ((line, np.ascontiguousarray(color[:, :, ::-1])) for color, line in loaded)
    colorizer = partial(colorize, system)
    return hintauc.evaluate_colorizer(colorizer, pairs, metrics=METRICS, **SCRIBBLES)


def markdown(results: dict[str, dict[str, dict]]) -> str:
    """Return a table of each system and kind of lines: a row for each share, then the AUC."""
    rows = []
    for system, kinds in results.items():
        for kind, result in kinds.items():
            shares = {f"{share:.0%}": scores for share, scores in result["per_alpha"].items()}
            for name, scores in (shares | {"Hint-AUC": result["hint_auc"]}).items():
                cells = [f"{scores[metric]:.4g}" for metric in METRICS]
                rows.append([system, kind, result["n_images"], name, *cells])
    return table(["system", "lines", "N", "regions with a hint", *METRICS], rows)


def main(argv: list[str] | None = None) -> None:
    """Evaluate what the command line describes."""
    config: Config = parse_config(Config, __doc__, argv)
    kinds: dict[str, list[Drawing]] = {}
    for drawing in list_drawings(config):
        kinds.setdefault(drawing.kind, []).append(drawing)
    results = {
        name: {kind: evaluate(system, drawings) for kind, drawings in kinds.items()}
        for name, system in load_systems(config).items()
    }
    write_report(config.out, "hint-auc", results, markdown(results))


if __name__ == "__main__":
    run_main(main)
