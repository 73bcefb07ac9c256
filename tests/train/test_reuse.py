"""--reuse: batches come from the last samples, mirrored as a whole, however slow the workers."""

import queue
import threading

import numpy as np
import pytest
import torch

from colorizer.images import InputError
from tests.support.pictures import write_pictures
from tests.support.runs import MODEL, QUICK, losses_of
from train import distributed, draft, regions
from train.reuse import Store, mirrored

LAST = 3000
"""Samples after which a loader that nobody ends would end."""


def numbers(last, broken=False):
    """Batches of two samples from 0 to `last`, which are their numbers, also as a byte's color."""
    for first in range(0, last, 2):
        number = torch.arange(first, first + 2)[:, None]
        yield {"number": number, "line": (number / 127.5 - 1)[:, None, None]}
    if broken:
        raise InputError("no more")


def soon(call, *args):
    """Return or raise what a call does; fail where it takes more than a minute."""
    ended = queue.SimpleQueue()

    def work():
        try:
            ended.put((call(*args), None))
        except Exception as error:
            ended.put((None, error))

    threading.Thread(target=work, daemon=True).start()
    value, error = ended.get(timeout=60)
    if error:
        raise error
    return value


def test_batches_are_drawn_from_the_last_samples_and_their_bytes_are_kept(rng):
    store = Store(numbers(256), 8)
    soon(store.thread.join)
    drawn = mirrored(soon(store.draw, 300, rng), torch.arange(300) < 150)
    assert set(drawn["number"].flatten().tolist()) == set(range(248, 256))
    shown = ((drawn["line"].flatten() + 1) * 127.5).round()
    assert torch.equal(shown, drawn["number"].flatten().float())


@pytest.mark.parametrize("last", [0, 100])
def test_what_stops_the_loader_stops_the_training(last, rng):
    store = Store(numbers(last, broken=True), 8)
    soon(store.thread.join)
    with pytest.raises(InputError, match="no more"):
        soon(store.draw, 4, rng)


def test_all_of_a_sample_is_mirrored_or_nothing():
    line, part = torch.rand(2, 1, 8, 8).half(), torch.randint(9, (2, 4, 4), dtype=torch.int32)
    batch = {"line": line, "part": part, "spots": torch.tensor([[0, 6], [5, 15]]).int()}
    batch |= {"same": torch.rand(2, 2, 2).half(), "damage": torch.rand(2, 5).half()}
    seen = mirrored(batch, torch.tensor([True, False]))
    assert seen["spots"].tolist() == [[3, 5], [5, 15]]
    for name in ("line", "part"):
        assert torch.equal(seen[name][0], batch[name][0].flip(-1).to(seen[name].dtype))
        assert torch.equal(seen[name][1], batch[name][1].to(seen[name].dtype))
    for name in ("same", "damage"):
        assert torch.equal(seen[name], batch[name].float())


@pytest.mark.parametrize(
    ("script", "options"),
    [
        (draft, f"{MODEL} --w-gan 0 --w-content 0 --w-line 0"),
        (regions, "--width 4 --embedding 4"),
    ],
)
def test_a_run_takes_its_steps_from_the_store_and_goes_on(
    script, options, make_picture, tmp_path, monkeypatch
):
    draw, drawn = Store.draw, []
    monkeypatch.setattr(Store, "draw", lambda *args: drawn.append(args[:2]) or draw(*args))
    monkeypatch.setattr(distributed, "ENDLESS", LAST)
    data = write_pictures(tmp_path / "data", make_picture, range(2))
    where = f"{QUICK} --data {data} --runs {tmp_path}/runs --batch 4 --accumulate 2 --reuse 8"
    script.main(f"{where} {options} --steps 3".split())
    (run,) = (tmp_path / "runs").glob("0*")
    script.main(["--resume", str(run), "--steps", "5", "--workers", "1"])
    losses = losses_of(run, "recon" if script is draft else "border")
    assert np.isfinite(losses).all()
    assert len(losses) == 5
    assert [number for _, number in drawn] == [2] * 10
    assert all(0 < store.count < LAST for store, _ in drawn), "it went on to the last sample"
    assert not any("collect" in thread.name for thread in threading.enumerate())
