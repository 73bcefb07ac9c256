"""A drawing with the hints of a plan: what systems are given, and what they are measured by."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from .areas import find_areas
from .drawings import Drawing
from .plans import dab_count, is_dabs, place_dabs, place_hints
from .systems import Case


@dataclass(frozen=True)
class Trial:
    """A case with the truth, uint8 (512, 512, 3), and a seeded generator of its own.

    With dabs it also has the truth's areas, int (512, 512).
    """

    drawing: Drawing
    plan: str
    case: Case
    color: np.ndarray
    rng: np.random.Generator
    areas: np.ndarray | None = None

    @property
    def names(self) -> dict[str, str]:
        """What every record of the trial begins with."""
        return {"drawing": self.drawing.name, "kind": self.drawing.kind, "hints": self.plan}


def case_name(drawing: Drawing, plan: str) -> str:
    """Return PLAN/KIND/NAME, without the name's ending and with "-" for the plan's ":"."""
    return f"{plan.replace(':', '-')}/{drawing.kind}/{Path(drawing.name).with_suffix('')}"


@lru_cache(1)
def areas_of(drawing: Drawing) -> np.ndarray:
    """Return a drawing's areas; they take half a second, and its next plan has them free."""
    return find_areas(*drawing.load())


def load_trial(drawing: Drawing, plan: str, seed: int) -> Trial:
    """Return a drawing with the hints of a plan."""
    color, line = drawing.load()
    rng = drawing.rng(seed, plan)
    areas = areas_of(drawing) if is_dabs(plan) else None
    if areas is None:
        hints = place_hints(plan, color, line, rng)
    else:
        hints = place_dabs(dab_count(plan), color, areas)
    return Trial(drawing, plan, Case(line, hints, case_name(drawing, plan)), color, rng, areas)
