"""FID and C-FID (Section 4.5): how near the painted pictures are to the real ones as a set.

    python -m eval.fid --data PICTURES --pairs PAIRS [--checkpoint RUN] -o OUT
    torchrun --nproc_per_node=4 -m eval.fid --data PICTURES ... -o OUT
    python -m eval.fid --show-plan plan.png

FID is without hints. C-FID gives every picture the 28 hints of Figure 13, --repeats times anew;
its deviation is that of the repeats. Lines are XDoG's for --data and the artist's for --pairs.
--checkpoint takes a folder or user/repo of the Hub, or a run of train.colorization or
eval.baselines.train. Of ours both are measured: `ours`, as it is used, and `network`, the two
networks alone, which is what the paper measures. OUT keeps each finished draw, and the same
command goes on after the last.

FID is biased by the number of pictures and depends on the extractor, so both stand beside it,
and KID, which is not biased.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from train.options import option, run_main

from ..baselines.train import BASELINES
from ..commands import parse, table, with_deviation, words, write_report
from ..drawings import DrawingConfig
from ..figures import plan_picture
from ..systems import NETWORK, OURS, folders_named, load_systems
from .evaluation import Evaluation, FeatureConfig, join, mark_of, summarize


@dataclass(frozen=True)
class Config(DrawingConfig, FeatureConfig):
    """What is measured, and how."""

    checkpoint: str = option("", "what paints; empty: the bundled weights")
    compare: tuple[str, ...] = option((), "others to measure: gmic, spread, ours-painted, ...")
    against: tuple[str, ...] = option((), "folders with another tool's pictures, PLAN/KIND/NAME.*")
    device: str = option("", "cuda or cpu; empty picks the best there is")
    show_plan: str = option("", "write Figure 13's plan of hints to this PNG, and stop")
    out: str = option("fid", "folder to write into; also -o")


def markdown(summaries: dict[str, list[dict]], extractor: nn.Module) -> str:
    """Return the table of each system's `summarize` with extractor and resizer, as Markdown."""
    heads = ["system", "lines", "measure", "pictures", "distance", "KID x 1000", "PSNR dB", "ΔE"]
    rows = [[name, *_cells(row)] for name, summary in summaries.items() for row in summary]
    return f"{table(heads, rows)}\n{described(extractor)}\n"


def _cells(row: dict) -> list[object]:
    std = row["kid_std"] and 1000 * row["kid_std"]
    return [
        *(row["kind"], row["plan"], row["pictures"]),
        with_deviation(row["fid"], row["fid_std"], 4),
        with_deviation(1000 * row["kid"], std, 4),
        *(with_deviation(row[name], row[f"{name}_std"]) for name in ("psnr", "delta_e")),
    ]


def described(extractor: nn.Module) -> str:
    """Return what the distances depend on, in one line."""
    return f"Features: {extractor.title}; resizer: {extractor.resizer}."


def main(argv: list[str] | None = None) -> None:
    """Measure what the command line describes."""
    config: Config = parse(Config, __doc__, argv)
    if config.show_plan:
        plan_picture(config.seed).save(config.show_plan)
        return
    place = join(config.device)
    evaluation = Evaluation(config, place)
    always, where = (OURS, NETWORK, *BASELINES), (place.device, config.side)
    systems = load_systems(words(config.compare), config.checkpoint, always, *where)
    systems |= folders_named(words(config.against), systems)
    mark, out = mark_of(config.checkpoint), Path(config.out)
    records = {
        name: evaluation.measure(system, out / "draws" / name, f"{name} {mark}")
        for name, system in systems.items()
    }
    if place.rank == 0:
        text = markdown({n: summarize(r) for n, r in records.items()}, evaluation.extractor)
        report = {"options": dataclasses.asdict(config), "features": evaluation.extractor.title}
        write_report(out, "fid", report | {"records": records}, text)


if __name__ == "__main__":
    run_main(main)
