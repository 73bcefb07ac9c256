"""The loop that the training scripts share.

    run = Run(config, process, {"draft": model}, dataset, losses, columns, check)
    for micros in run:
        run.log(run.step(micros))

It sets the rate, takes the step, averages the weights, measures held-out pictures, shows samples,
saves and stops.
"""

import math
import signal
import time
from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import Dataset

from colorizer.images import InputError

from .checkpoints import checkpoints_of, restore, save_checkpoint
from .distributed import Process, any_rank, autocast, batches, unwrap, wrap
from .folders import Report, open_run, save_grid, start_from
from .losses import weighted_sum
from .options import RunConfig

ASK_EVERY = 10
"""Several processes ask each other this often, in steps, whether one of them wants to stop."""

Batch = dict[str, Tensor]
Models = dict[str, nn.Module]


class Run:
    """A training from its first or resumed step to its last; yields every step's micro-batches.

    The first of the models is the one that is averaged, shown and measured.
    """

    def __init__(
        self,
        config: RunConfig,
        process: Process,
        models: Models,
        dataset: Dataset,
        losses: Callable[[Models, Batch], Iterable[dict[str, Tensor]]],
        columns: Callable[[nn.Module, Batch], list[Tensor]],
        check: Callable[[nn.Module], dict[str, float]] | None,
    ):
        """Restore what the options name and open the run folder.

        Args:
            config: options, among them the weights of the losses; see `weighted_sum`.
            process: this one of the training
            models: what is trained, by the names in checkpoints; the run is called as the first.
            dataset: its samples make the batches.
            losses: yields named losses of a micro-batch, which are weighted, added up and
                followed down before it goes on.
            columns: makes the pictures of a sample grid.
            check: measures held-out pictures; None measures none.
        """
        self.config, self.process, self.dataset = config, process, dataset
        self.losses, self.columns, self.check = losses, columns, check
        self.models = {name: wrap(model, config, process) for name, model in models.items()}
        self.name, resumed = next(iter(models)), start_from(config, self.models)
        self.optimizers = {
            name: torch.optim.Adam(model.parameters(), config.lr, (config.beta1, config.beta2))
            for name, model in self.models.items()
        }
        self.scaler = torch.amp.GradScaler(process.device.type, enabled=config.precision == "fp16")
        self.ema = averaged(self.models[self.name], config.ema)
        self.parts = {name: unwrap(model) for name, model in self.models.items()}
        self.parts |= {"scaler": self.scaler} | ({f"{self.name}_ema": self.ema} if self.ema else {})
        self.parts |= {f"{name}_optimizer": item for name, item in self.optimizers.items()}
        self.step_count = restore(resumed, self.parts) if resumed else 0
        self.folder, self.lock = open_run(config, self.name, process.rank)
        quiet = process.rank > 0
        self.report = Report(self.folder, self.step_count, config.steps, config.log_every, quiet)
        self.over, self.asked = False, False
        self.end = time.monotonic() + 60 * (config.minutes or math.inf)
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "asked", True))

    def __iter__(self) -> Iterator[list[Batch]]:
        """Yield the micro-batches of each step at its learning rate, until it is time to stop."""
        with self.lock:
            for micros in batches(self.dataset, self.step_count, self.config, self.process):
                self.micros = micros
                self.rate = learning_rate(self.config, self.step_count)
                for optimizer in self.optimizers.values():
                    optimizer.param_groups[0]["lr"] = self.rate
                yield micros
                if self.over:
                    return

    def step(self, micros: list[Batch]) -> dict[str, Tensor]:
        """Take one step down the weighted losses over the micro-batches; return their means.

        Raises:
            InputError: a loss or a gradient is not finite; the weights stay as they were.
        """
        sums: dict[str, Tensor] = {}
        for optimizer in self.optimizers.values():
            optimizer.zero_grad()
        for batch in micros:
            for losses in self._losses(batch):
                total = weighted_sum(losses, self.config) / len(micros)
                self.scaler.scale(total).backward()
                for name, loss in losses.items():
                    sums[name] = sums.get(name, 0) + loss.detach() / len(micros)
        norms, most = {}, self.config.clip or math.inf
        for name, optimizer in self.optimizers.items():
            self.scaler.unscale_(optimizer)
            norm = nn.utils.clip_grad_norm_(self.models[name].parameters(), most)
            norms[f"gradient of {name}"] = norm
        values = {f"{name} loss": value for name, value in sums.items()}
        values |= {} if self.scaler.is_enabled() else norms  # fp16 leaves such steps out
        self._check_finite(values, f"of step {self.step_count + 1}")
        for optimizer in self.optimizers.values():
            self.scaler.step(optimizer)
        self.scaler.update()
        return sums

    def _losses(self, batch: Batch) -> Iterator[dict[str, Tensor]]:
        """Yield what `losses` yields, each computed in the run's precision."""
        stream = iter(self.losses(self.models, batch))
        while True:
            with autocast(self.config, self.process):
                losses = next(stream, None)
            if losses is None:
                return
            yield losses

    def _check_finite(self, values: dict[str, Tensor], when: str) -> None:
        """Raise InputError, which says what was not finite and when, unless all values are."""
        if torch.stack(list(values.values())).isfinite().all():
            return
        cause = next(name for name, value in values.items() if not value.isfinite())
        good = checkpoints_of(self.folder)
        last = f"the last good checkpoint is {good[-1]}" if good else "there is no checkpoint yet"
        raise InputError(f"The {cause} {when} is {values[cause].item()}; {last}.")

    def log(self, losses: dict[str, Tensor]) -> None:
        """Take note of a finished step, and do what is due after it.

        Raises:
            InputError: the weights are due to be saved, but their losses are not finite.
        """
        config, shown = self.config, unwrap(self.ema or self.models[self.name])
        if self.ema:
            self.ema.update_parameters(unwrap(self.models[self.name]))
        self.step_count += 1
        step = self.step_count
        self.report.add(step, losses, lr=self.rate)
        wish = self.asked or time.monotonic() > self.end
        self.over = step == config.steps or any_rank(wish, step % ASK_EVERY == 0)
        resting = nn.ModuleList([shown, *self.models.values()]).eval()  # batch norms, too
        with torch.no_grad():
            if self.check and step % config.val_every == 0:
                self.report.note(step, self.check(shown))
            if self.process.rank == 0 and step % config.sample_every == 0:
                columns = self.columns(shown, self.micros[0])
                save_grid(self.folder / "samples" / f"{step:08d}.png", columns)
            if self.over or step % config.save_every == 0:
                for found in self._losses(self.micros[0]):
                    values = {f"{name} loss": value for name, value in found.items()}
                    self._check_finite(values, f"after step {step}")
                if self.process.rank == 0:
                    save_checkpoint(self.folder, config, step, self.parts)
        resting.train()


def averaged(model: nn.Module, decay: float) -> AveragedModel | None:
    """Return an exponential moving average of the model's weights, or None for decay 0."""
    if not decay:
        return None
    return AveragedModel(unwrap(model), multi_avg_fn=get_ema_multi_avg_fn(decay))


def learning_rate(config: RunConfig, step: int) -> float:
    """Return the rate of a step: x0.1 at each of `decay_steps`, or a cosine to zero.

    "linear" is constant over the first half and falls to zero over the second.
    """
    warm = min(1.0, (step + 1) / config.warmup) if config.warmup else 1.0
    if config.schedule == "linear":
        return config.lr * warm * min(1.0, 2 * (1 - step / config.steps))
    if config.schedule == "cosine":
        return config.lr * warm * (1 + math.cos(math.pi * step / config.steps)) / 2
    return config.lr * warm * 0.1 ** sum(step >= s for s in config.decay_steps)
