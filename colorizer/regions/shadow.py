"""Shadows: what light from one side leaves of the colors of a line-art. Ours, not the paper's."""

import cv2
import numpy as np
import torch

from ..images import to_tensor
from ..models.regions import PARTS
from ..models.relief import ReliefModel, lit
from .blend import blend
from .cells import Regions

LIGHTS = {"left": (-0.6, 0.53, 0.6), "above": (0.0, 0.8, 0.6), "right": (0.6, 0.53, 0.6)}
"""Where light comes from, unit vectors as of `lit`; lights of the renders are as steep."""
SHADE = (0.72, 0.66, 0.8)
"""What full shadow leaves of red, green and blue: cool, as it is drawn; set by eye."""
SOFT = 30.0
"""How much a shadow holds where it is found, see `blend`: it runs on for some 18 pixels, not over
ink. Set by eye: with 10 faces are smeared, with 100 one sees the network's coarse grid."""
FLAT = ("background", "white of the eye", "iris", "mouth")
"""Parts without shadow."""


@torch.inference_mode()
def find_shadows(regions: Regions, model: ReliefModel, light: str) -> np.ndarray:
    """Return what shadows leave of the colors of a line-art, uint8 (h, w, 3), 255 where none falls.

    Args:
        regions: of the line-art.
        model: tells which way surfaces face.
        light: one of `LIGHTS`.
    """
    height, width = regions.line.shape
    padded = np.pad(regions.line, [(0, -side % 4) for side in (height, width)], constant_values=255)
    device = next(model.parameters()).device
    relief = model(to_tensor(padded)[None].to(device)).float()
    logits = lit(relief, torch.tensor([LIGHTS[light]], device=device))[0].cpu().numpy()
    dark = 1 / (1 + np.exp(cv2.resize(logits, padded.shape[::-1])[:height, :width]))
    dark[np.isin(regions.part, [PARTS.index(name) for name in FLAT])[regions.cells]] = 0
    dark = blend(dark[:, :, None], regions.inner_passages, np.full_like(dark, SOFT))
    left = 1 - dark[:, :, None] * (1 - np.float32(SHADE))
    return (255 * left).round().astype(np.uint8)
