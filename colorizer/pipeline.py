"""From a line-art and hints to a colored picture: both stages at inference (Figure 2)."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from huggingface_hub import ModelHubMixin
from PIL import Image
from torch import Tensor, nn

from .detail import at_full_size
from .engine import Exported, Stages, autocast, check_engine
from .images import ImageSource, InputError, load_image, load_image_rgba, resize_u8, to_u8
from .preprocessing.hints import Hint, draw_hints, reduce_strokes, scale_hints
from .preprocessing.lines import line_of
from .preprocessing.palette import reference_palette
from .preprocessing.scan import extract_lines
from .published import BUNDLED, CheckpointFiles, split_name, write_checkpoint
from .regions import (
    LIGHTS,
    Flow,
    FullSize,
    Regions,
    figure_colors,
    fill_open,
    find_colors,
    find_regions,
    find_shadows,
    guess_colors,
    hint_image,
    reach_cells,
    settle,
    tint_ink,
)
from .result import Colorization
from .working import DRAFT_RATIO, WORKING_SIDE, Hints, as_batch, hint_layer, working_size

REST = ("network", "automatic")
"""What colors the places that no hint reaches: the network, or a palette that is dealt out."""
LINES = ("kept", "painted")
"""The line-art's own ink over the colors, or the paper's lines, which the network paints anew."""
SHADOWS = ("none", *LIGHTS)
"""Whether shadows fall, and where the light for them comes from."""
KEPT_LINE_ARTS, KEPT_PIXELS = 2, 36_000_000
"""What follows from a line-art alone is kept for so many of the last ones, of so many pixels."""


class Colorizer(ModelHubMixin, library_name="line-art-colorizer", license="cc-by-sa-4.0"):
    """The two-stage generator: line-art and hints in, colored picture out.

    `from_pretrained`, `save_pretrained` and `push_to_hub` move it between folders and the Hub.
    """

    def __init__(
        self, models: dict[str, nn.Module], options: dict[str, dict], hints: str = "points"
    ):
        """Take the models "draft", "colorization", perhaps "ldm", "regions", "relief"; how built.

        `side` is that of the square at whose area they paint: other than 512 for networks that
        were trained on smaller squares.

        Args:
            models: the networks, by name.
            options: the keyword arguments that each was built with.
            hints: "points", the paper's, or "spread"; what the draft model was trained on.
        """
        self.models, self.options, self.hints = models, options, hints
        self.stages: Stages | Exported = Stages(models)
        self.name, self.revision = "unnamed", ""
        self.side = WORKING_SIDE
        self.device = torch.device("cpu")
        self._latest: dict[bytes, tuple[FullSize, Regions]] = {}
        self._hub_mixin_config = None  # config.json is written by _save_pretrained

    def to(self, device: str | torch.device | None) -> "Colorizer":
        """Move the models to a device; None picks cuda where there is one, else cpu."""
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        for model in self.models.values():
            model.to(self.device, memory_format=torch.channels_last)
        return self

    @classmethod
    def from_pretrained(
        cls,
        name: str | Path | None = None,
        *,
        revision: str | None = None,
        device: str | torch.device | None = None,
        engine: str = "torch",
        **hub: object,
    ) -> "Colorizer":
        """Return a colorizer with trained weights.

        Args:
            name: a folder, "user/repo" or "user/repo@revision" on the Hugging Face Hub; None is
                `$COLORIZER_CHECKPOINT` or else the bundled weights, which need no download.
            revision: branch, tag or commit on the Hub.
            device: see `to`.
            engine: "torch", or "openvino", faster on a CPU: colorizer/requirements-openvino.txt.
            hub: token, cache_dir, force_download, local_files_only, as for `hf_hub_download`.

        Raises:
            InputError: checkpoint or engine cannot be had; never another one instead.
        """
        device = check_engine(engine, device)
        source, revision = split_name(name, revision)
        files = CheckpointFiles(source, revision, **hub)
        config = files.config()
        models = {n: files.model(n, options) for n, options in config["models"].items()}
        colorizer = cls(models, config["models"], config["hints"])
        colorizer.name = "bundled" if Path(source) == BUNDLED else source
        colorizer.revision = revision or ""
        colorizer.to(device)
        if engine == "openvino":
            colorizer.stages = Exported(colorizer.stages)
        return colorizer

    def _save_pretrained(self, save_directory: Path) -> None:
        write_checkpoint(save_directory, self.models, self.options, self.hints)

    def __call__(
        self,
        line_art: ImageSource,
        hints: Hints = None,
        lines: str = "kept",
        settled: bool = True,
        rest: str = "network",
        shadows: str = "none",
    ) -> Colorization:
        """Return the line-art colored.

        Args:
            line_art: PIL image, path, or uint8 array of (H, W) or (H, W, 1, 3 or 4), any size;
                dark or colored lines on white or nothing, or light lines on nothing.
            hints: dabs in pixels of the line-art, or an RGBA picture of its size, transparent
                where there is no hint; None if there is none at all.
            lines: "kept", the line-art's own ink over the colors (where it is broad and gray, over
                the network's), or "painted", the paper's lines.
            settled: settle colors region by region, and ink by the hints on it (see `settle`),
                where the checkpoint's hints are spread; False leaves the network's colors as they
                are.
            rest: what colors the places that no hint reaches: "network" has regard to the hints or
                else to a guess; "automatic" deals a palette out to them, and a hint's color to what
                is like its place, so that the next hint leaves the rest as it is.
            shadows: "left", "above" or "right", where light comes from; "none" leaves colors flat.

        Raises:
            InputError: the picture, the hints or a word cannot be used, or there is no network for
                shadows; the message is for the user.
        """
        began = time.monotonic()
        words = ("lines", lines, LINES), ("rest", rest, REST), ("shadows", shadows, SHADOWS)
        for name, word, known in words:
            if word not in known:
                raise InputError(f"{name} is {word!r}; wanted is {' or '.join(known)}.")
        if shadows != "none" and "relief" not in self.models:
            raise InputError(f"The weights {self.name} have no network for shadows, relief.")
        picture = load_image_rgba(line_art)
        dpi, (full, regions) = picture.info, self._known(picture)
        del picture  # four bytes a pixel
        layer = hint_layer(hints, full.line.shape[::-1], regions.line.shape[::-1])
        reach, shown = reach_cells(regions, layer), layer
        if rest == "automatic":
            dealt = draw_hints(fill_open(regions, reach), layer.shape[1::-1])
            reach = reach.over(reach_cells(regions, dealt))
            shown = np.where(layer[:, :, 3:] > 0, layer, dealt)
        flow = find_colors(regions, reach) if reach.seeds.any() else guess_colors(regions)
        color, draft = self._paint(regions, flow, shown)
        moved = settled and self.hints == "spread"
        areas = settle(regions, flow, color, moved)
        if shadows != "none":
            areas = replace(areas, shadows=find_shadows(regions, self.models["relief"], shadows))
        image = at_full_size(areas, full, regions.line, lines)
        if moved:
            tint_ink(image, full.line, layer)
        pictures = [Image.fromarray(part) for part in (image, draft, full.line)]
        pictures[0].info = dpi
        return Colorization(*pictures, time.monotonic() - began, full, areas)

    def regions_of(self, line_art: ImageSource) -> Regions:
        """Return the regions of a line-art at its working size.

        Raises:
            InputError: the picture cannot be used.
        """
        return self._known(load_image_rgba(line_art))[1]

    def deal(self, line_art: ImageSource, hints: Sequence[Hint] = (), **deal: object) -> list[Hint]:
        """Return `hints` and automatic ones for the places that none of them reaches.

        Args:
            line_art: as above.
            hints: dabs in its pixels, as what is returned.
            deal: palette, seed and parts, see `automatic_hints`.

        Raises:
            InputError: the picture or a color cannot be used.
        """
        full, regions = self._known(load_image_rgba(line_art))
        size, working = full.line.shape[::-1], regions.line.shape[::-1]
        reach = reach_cells(regions, hint_layer(list(hints), size, working))
        dealt = fill_open(regions, reach, **deal)
        return [*hints, *scale_hints(dealt, working, size)]

    def reference(self, picture: ImageSource) -> dict[str, object]:
        """Return the "palette" of a reference picture, and its "parts": colors of skin and hair.

        Raises:
            InputError: the picture cannot be used.
        """
        color = np.asarray(load_image(picture))
        small = resize_u8(color, working_size(*color.shape[1::-1], self.side))
        regions = find_regions(extract_lines(small), self.models.get("regions"))
        palette = reference_palette(np.asarray(load_image_rgba(picture)))
        return {"palette": palette, "parts": figure_colors(small, regions)}

    def _known(self, picture: Image.Image) -> tuple[FullSize, Regions]:
        """Return what follows from a line-art alone: the next stroke is on the same one."""
        line = line_of(np.asarray(picture))
        key = hashlib.sha1(line, usedforsecurity=False).digest() + bytes(str(line.shape), "ascii")
        known = self._latest.get(key)
        if known is None:
            size = working_size(line.shape[1], line.shape[0], self.side)
            regions = find_regions(resize_u8(line, size), self.models.get("regions"))
            self._make_room(line.size)
            self._latest[key] = known = FullSize(line, size[::-1]), regions
        return known

    def _make_room(self, pixels: int) -> None:
        """Forget the oldest line-arts until there is room for one more of so many pixels."""
        kept = self._latest
        while kept and (
            len(kept) >= KEPT_LINE_ARTS
            or pixels + sum(full.line.size for full, _ in kept.values()) > KEPT_PIXELS
        ):
            kept.pop(next(iter(kept)), None)

    def _paint(
        self, regions: Regions, flow: Flow, layer: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the networks' result (h, w, 3) and draft (h / 4, w / 4, 3), bytes."""
        line = regions.line
        height, width = line.shape
        size = (width // DRAFT_RATIO, height // DRAFT_RATIO)
        if self.hints == "spread":
            hint = hint_image(regions, flow, layer, size)
        else:
            hint = reduce_strokes(layer, size)
        color, draft = self.forward(*as_batch(line, hint))
        return to_u8(color[0])[:height, :width], to_u8(draft[0])[: size[1], : size[0]]

    @torch.inference_mode()
    def forward(
        self, line: Tensor, small: Tensor, hint: Tensor, bfloat16: bool | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the colored pictures and the drafts of a batch, on this colorizer's device.

        Args:
            line: (N, 1, H, W) in [-1, 1], paper 1; H and W multiples of 64.
            small: (N, 1, H/4, W/4), the same line-arts at the draft's size.
            hint: (N, 4, H/4, W/4), RGB in [-1, 1] and alpha in [0, 1].
            bfloat16: see `autocast`.

        Returns: (N, 3, H, W) and (N, 3, H/4, W/4), both in [-1, 1].
        """
        with autocast(self.device, bfloat16):
            return self.stages(*(t.to(self.device) for t in (line, small, hint)))
