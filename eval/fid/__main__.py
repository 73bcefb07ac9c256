"""FID and C-FID (Section 4.5): how near the painted pictures are to the real ones as a set.

    python -m eval.fid --data PICTURES --pairs PAIRS [--checkpoint RUN] -o OUT
    torchrun --nproc_per_node=4 -m eval.fid --data PICTURES ... -o OUT
    python -m eval.fid --show-plan plan.png

FID is without hints. C-FID gives every picture the 28 hints of Figure 13, --repeats times anew;
its deviation is that of the repeats. Of ours both are measured: `ours`, as it is used, and
`network`, the two networks alone, which is what the paper measures. FID is biased by the number of
pictures and depends on the extractor, so both stand beside it, and KID, which is not biased. OUT
keeps each finished draw, and the same command goes on after the last.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from train.distributed import join
from train.options import option, parse_config, run_main

from ..baselines.train import BASELINES
from ..commands import table, write_report
from ..systems import NETWORK, OURS, SystemConfig, load_systems, sources
from .evaluation import Evaluation, EvaluationConfig, cell, mark_of, plan_picture, summarize

COLUMNS = {
    "fid": ("distance", 1, 4),
    "kid": ("KID x 1000", 1000, 4),
    "psnr": ("PSNR dB", 1, 2),
    "delta_e": ("ΔE", 1, 2),
}
"""Heading, scale and digits of each measure."""


@dataclass(frozen=True)
class Config(EvaluationConfig, SystemConfig):
    """What is measured, and how."""

    device: str = option("", "cuda or cpu; empty picks the best there is")
    show_plan: str = option("", "write Figure 13's plan of hints to this PNG, and stop")
    out: str = option("fid", "folder to write into", short="-o")


def markdown(summaries: dict[str, list[dict]]) -> str:
    """Return the table of each system's `summarize`."""
    rows = [
        [system, *(row[name] for name in ("kind", "plan", "pictures"))]
        + [cell(row, name, scale, digits) for name, (_, scale, digits) in COLUMNS.items()]
        for system, summary in summaries.items()
        for row in summary
    ]
    heads = ["system", "lines", "measure", "pictures", *(head for head, _, _ in COLUMNS.values())]
    return table(heads, rows)


def main(argv: list[str] | None = None) -> None:
    """Measure what the command line describes."""
    config: Config = parse_config(Config, __doc__, argv)
    if config.show_plan:
        plan_picture(config.seed).save(config.show_plan)
        return
    process, out = join(config.device), Path(config.out)
    evaluation = Evaluation(config, process)
    systems = load_systems(config, (OURS, NETWORK, *BASELINES), process.device, config.side)
    records = {}
    for name, system in systems.items():
        mark = f"{name} {mark_of(sources(config).get(name, config.checkpoint))}"
        records[name] = evaluation.measure(system, out / "draws" / name, mark)
    if process.rank == 0:
        text = markdown({name: summarize(found) for name, found in records.items()})
        report = {"options": dataclasses.asdict(config), "records": records}
        write_report(out, "fid", report, f"{text}\n{evaluation.described}\n")


if __name__ == "__main__":
    run_main(main)
