"""Publishing: which runs go into a checkpoint, and what its model card says."""

import csv
import json
import re
import shutil

import numpy as np
import pytest
import torch
import yaml

from colorizer import Colorizer
from colorizer.images import InputError
from colorizer.models import ColorizationModel, DraftModel, ReliefModel
from colorizer.published import CheckpointFiles
from tests.support.runs import TINY, write_regions, write_run, write_runs
from train import colorization, draft, publish, relief
from train.card import describe_run, model_card
from train.checkpoints import model_weights, newest_checkpoint, save_checkpoint

MODELS = {"config.json", "draft.safetensors", "colorization.safetensors", "ldm.safetensors"}


@pytest.fixture
def runs(tmp_path):
    return write_runs(tmp_path / "runs")


@pytest.fixture
def publish_runs(tmp_path):
    """(runs, *options) -> the folder that `train.publish` writes."""

    def publish_(named, *options):
        folder = tmp_path / "published"
        publish.main([*map(str, named), "--folder", str(folder), *map(str, options)])
        return folder

    return publish_


def test_a_colorization_run_brings_the_others_along(runs, publish_runs):
    folder = publish_runs([runs["colorization"]])
    assert {p.name for p in folder.iterdir()} == MODELS | {"README.md"}
    files = CheckpointFiles(str(folder))
    for name, options in files.config()["models"].items():
        trained = model_weights(newest_checkpoint(runs[name]), name)[1]
        for key, weight in files.model(name, options).state_dict().items():
            assert torch.equal(weight, trained[key].half().float()), (name, key)


def test_a_published_folder_colors(runs, publish_runs):
    folder = publish_runs([runs["colorization"]])
    picture = Colorizer.from_pretrained(folder)(np.full((64, 64), 255, np.uint8)).image
    assert picture.size == (64, 64)


def test_a_run_on_a_published_folder_brings_its_models_and_their_commands(
    runs, tmp_path, publish_runs
):
    first = tmp_path / "first"
    publish_runs([runs["colorization"]]).rename(first)
    model = ColorizationModel(**TINY)
    later = write_run(
        tmp_path / "later", 0, "colorization", colorization, model, draft=str(first), **TINY
    )
    folder = publish_runs([later])
    for name in ("draft", "ldm"):
        held, wanted = (model_weights(place, name)[1] for place in (folder, first))
        assert all(torch.equal(held[key], wanted[key]) for key in wanted)
    card = (folder / "README.md").read_text()
    assert all(describe_run(n, newest_checkpoint(run)) in card for n, run in runs.items())
    assert card.count("steps of") == len(runs)
    assert "| draft |" not in card, "its figures are in the first card"


def test_a_named_run_takes_the_place_of_the_one_that_was_built_on(runs, tmp_path, publish_runs):
    torch.manual_seed(3)
    later = write_run(tmp_path / "runs", 3, "draft", draft, DraftModel(**TINY), **TINY)
    folder = publish_runs([runs["colorization"], later])
    first = next(iter(model_weights(newest_checkpoint(later), "draft")[1].items()))
    options = CheckpointFiles(str(folder)).config()["models"]
    assert set(options) == {"draft", "colorization"}, "the later draft was trained without an LDM"
    read = CheckpointFiles(str(folder)).model("draft", options["draft"]).state_dict()
    assert torch.equal(read[first[0]], first[1].half().float())


def test_a_draft_without_an_ldm_brings_that_of_the_run_it_started_from(
    runs, tmp_path, publish_runs
):
    options = {"init": (str(runs["draft"]),), **TINY}
    later = write_run(tmp_path / "runs", 3, "draft", draft, DraftModel(**TINY), **options)
    folder = publish_runs([runs["colorization"], later])
    held = model_weights(folder, "ldm")[1]
    wanted = model_weights(newest_checkpoint(runs["ldm"]), "ldm")[1]
    assert all(torch.equal(held[key], wanted[key].half().float()) for key in wanted)
    card = (folder / "README.md").read_text()
    assert all(describe_run(n, newest_checkpoint(run)) in card for n, run in runs.items())


def test_the_region_network_is_published_like_the_others(runs, tmp_path, publish_runs):
    named = {"pairs": ("/x/pairs=2",), "renders": ("/x/renders",), "val_renders": ("/x/val",)}
    named |= {"hold_out": ("a", "b"), "w_part": 0.5}
    run = write_regions(tmp_path / "runs", 3, **named)
    folder = publish_runs([runs["colorization"], run])
    assert {p.name for p in folder.iterdir()} == MODELS | {"README.md", "regions.safetensors"}
    config = CheckpointFiles(str(folder)).config()["models"]["regions"]
    assert config == {"width": 8, "embedding": 4, "people": False}
    assert "regions" in Colorizer.from_pretrained(folder).models
    card = (folder / "README.md").read_text()
    assert "Models here: ldm, draft, colorization, regions." in card
    assert "--pairs PAIRS=2 --renders RENDERS --hold-out a b" in card
    assert "/x/" not in card
    assert "| regions | 40 | recon | 0.25 |" in card
    assert "the pictures of\n`pairs`, `renders`; left out" in card


def test_the_relief_network_is_published_like_the_others(runs, tmp_path, publish_runs):
    run = write_run(tmp_path, 3, "relief", relief, ReliefModel(8), width=8, renders=("/x/renders",))
    folder = publish_runs([runs["colorization"], run])
    assert CheckpointFiles(str(folder)).config()["models"]["relief"] == {"width": 8}
    assert "relief" in Colorizer.from_pretrained(folder).models
    card = (folder / "README.md").read_text()
    assert (
        "30 steps of\n\n```bash\npython -m train.relief --renders RENDERS --steps 60 --width 8"
        in card
    )


def test_a_published_folder_gives_its_region_network_on(runs, tmp_path, publish_runs):
    first = tmp_path / "first"
    named = [runs["colorization"], write_regions(tmp_path / "runs", 3)]
    publish_runs(named).rename(first)
    options = {"init": (str(first),), "ldm": str(runs["ldm"]), **TINY}
    later = write_run(tmp_path / "runs", 4, "draft", draft, DraftModel(**TINY), **options)
    folder = publish_runs([runs["colorization"], later])
    held, wanted = (model_weights(place, "regions")[1] for place in (folder, first))
    assert all(torch.equal(held[key], wanted[key]) for key in wanted)
    assert "40 steps of\n\n```bash\npython -m train.regions" in (folder / "README.md").read_text()
    shutil.rmtree(folder)
    newer = write_regions(tmp_path / "runs", 5)
    folder = publish_runs([first, newer])
    assert "those that the card of `first` names" in (folder / "README.md").read_text()
    renewed = model_weights(folder, "regions")[1]
    trained = model_weights(newest_checkpoint(newer), "regions")[1]
    assert all(torch.equal(renewed[key], trained[key].half().float()) for key in trained)


def test_a_draft_run_brings_the_region_network_that_spread_its_hints(runs, tmp_path, publish_runs):
    options = {"ldm": str(runs["ldm"]), "regions": str(write_regions(tmp_path, 3)), **TINY}
    later = write_run(tmp_path, 4, "draft", draft, DraftModel(**TINY), **options)
    folder = publish_runs([runs["colorization"], later])
    card = (folder / "README.md").read_text()
    assert re.search(r"train\.draft .*--regions RUN .*--ldm RUN", card)
    assert "Models here: ldm, draft, colorization, regions." in card


def test_averaged_weights_are_published_where_there_are_any(runs, publish_runs):
    path = newest_checkpoint(runs["draft"])
    config, weights = model_weights(path, "draft")
    average = torch.optim.swa_utils.AveragedModel(DraftModel(**TINY))
    average.module.load_state_dict({k: torch.full_like(v, 0.5) for k, v in weights.items()})
    trained = DraftModel(**TINY)
    trained.load_state_dict(weights)
    parts = {"draft": trained, "draft_ema": average}
    save_checkpoint(runs["draft"], draft.Config(**config), 1300, parts)
    files = CheckpointFiles(str(publish_runs([runs["colorization"], runs["draft"]])))
    read = files.model("draft", files.config()["models"]["draft"])
    assert all(bool((w == 0.5).all()) for w in read.state_dict().values())


def test_runs_that_make_no_checkpoint_are_refused(runs):
    with pytest.raises(InputError, match="There is a ldm run; wanted is a colorization run"):
        publish.read_runs([str(runs["ldm"])])
    with pytest.raises(InputError, match="both of a draft run"):
        publish.read_runs([str(runs["draft"])] * 2)
    with pytest.raises(InputError, match="published already"):
        publish.read_runs(["colorizer/weights"])
    shutil.rmtree(runs["colorization"])
    with pytest.raises(InputError, match="holds no checkpoint"):
        publish.read_runs([str(runs["colorization"])])


def test_the_card_is_filled_from_the_runs(runs, publish_runs):
    folder = publish_runs([runs["colorization"]], "--license", "cc-by-4.0")
    card = (folder / "README.md").read_text()
    front = yaml.safe_load(card.split("---")[1])
    assert (front["license"], front["pipeline_tag"]) == ("cc-by-4.0", "image-to-image")
    assert "The licence of the weights is `cc-by-4.0`" in card
    assert "Models here: ldm, draft, colorization." in card
    order = [card.index(f"python -m train.{name}") for name in ("ldm", "draft", "colorization")]
    assert order == sorted(order)
    assert "| draft | 1,200 | recon | 0.25 |" in card, "the last line up to the checkpoint"
    assert "| draft | 1,200 | val_recon | 0.625 |" in card, "a figure that is logged less often"
    assert "steps_per_s" not in card


def test_the_command_of_a_card_gives_the_same_options(runs):
    text = describe_run("draft", newest_checkpoint(runs["draft"]))
    assert text.startswith("1,200 steps of")
    words = text.splitlines()[3].split()[3:]
    given = draft.parse_config(draft.Config, "", [w.replace("RUN", "somewhere") for w in words])
    saved = json.loads((runs["draft"] / "config.json").read_text())
    assert (given.width, given.blocks, given.steps) == (8, 1, saved["steps"])
    assert given.ldm == "somewhere"


def test_the_card_names_the_folders_and_counts_each_source_s_pictures(runs, tmp_path):
    options = {"data": (str(tmp_path / "art"),), "hold_out": ("b",)}
    shutil.rmtree(runs["draft"])
    model = DraftModel(**TINY)
    write_run(tmp_path / "runs", 1, "draft", draft, model, ldm=str(runs["ldm"]), **TINY, **options)
    with (tmp_path / "manifest.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "source", "author", "licence"])
        rows.writerows([["a/one.png", "a", "Ann", "CC0"], ["a/two.png", "a", "Bob", "CC0"]])
        rows.writerow(["b/three.png", "b", "Cid", "CC0"])
    paths = publish.read_runs([str(runs["colorization"])])
    card = model_card("user/repo", paths, "cc0-1.0", tmp_path / "manifest.csv")
    assert "trained on the pictures of\n`art`; left out for validation:\nb." in card
    assert "| a | 2 | CC0 | Ann, Bob |" in card
    assert "Cid" not in card


def test_the_command_line_wants_one_target(runs, capsys):
    for targets in ([], ["--folder", "a", "--push", "u/r"]):
        with pytest.raises(SystemExit):
            publish.main([str(runs["colorization"]), *targets])
        assert "--folder" in capsys.readouterr().err
