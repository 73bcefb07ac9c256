"""Training goes on from published weights: --init, --ldm and --draft take such a folder."""

import pytest
import torch
from safetensors.torch import load_file

from colorizer.images import InputError
from colorizer.models import ColorizationModel, DraftModel, LineDetectionModel
from colorizer.published import MODELS, write_checkpoint
from tests.support.pictures import write_pictures
from tests.support.runs import MODEL, QUICK, TINY
from train import colorization, draft, ldm
from train.checkpoints import frozen, model_weights, newest_checkpoint, read_checkpoint

SIZES = TINY | {"residual": False}
RUN = f"{QUICK} --batch 2 --steps 1 --lr 0"


@pytest.fixture(scope="module")
def root(tmp_path_factory, make_picture):
    """Pictures in data, and published weights of all three models in published."""
    root = tmp_path_factory.mktemp("published")
    write_pictures(root / "data", make_picture, (0,))
    (root / "published").mkdir()
    models = {"draft": DraftModel(**SIZES), "colorization": ColorizationModel(**SIZES)}
    models["ldm"] = LineDetectionModel(8)
    options = dict.fromkeys(models, SIZES) | {"ldm": {"width": 8}}
    write_checkpoint(root / "published", models, options, "points")
    return root


def published(root, name):
    weights = load_file(root / "published" / f"{name}.safetensors")
    return {key: tensor.float() for key, tensor in weights.items()}


@pytest.mark.parametrize(
    ("script", "options"),
    [
        (ldm, "--width 8"),
        (draft, f"{MODEL} --w-content 0 --ldm {{published}} --ema 0.9"),
        (colorization, f"{MODEL} --draft {{published}}"),
    ],
)
def test_a_training_starts_from_a_published_folder(script, options, root, tmp_path):
    folder = root / "published"
    argv = f"{RUN} {options} --init {folder} --data {root}/data --runs {tmp_path}"
    script.main(argv.format(published=folder).split())
    name = script.__name__.partition(".")[2]
    path = newest_checkpoint(next(p for p in tmp_path.iterdir() if p.is_dir()))
    wanted = published(root, name)
    held = model_weights(path, name)[1]
    assert read_checkpoint(path)[name].keys() == wanted.keys()
    assert all(torch.equal(held[key], wanted[key]) for key in wanted)


def test_the_frozen_models_are_the_published_ones(root):
    for name in ("ldm", "draft"):
        wanted, model = published(root, name), frozen(root / "published", name)
        assert all(torch.equal(tensor, wanted[key]) for key, tensor in model.state_dict().items())


@pytest.mark.parametrize("name", ["ldm", "draft", "colorization", "regions", "relief"])
def test_the_bundled_weights_are_such_a_folder(name):
    assert isinstance(frozen("colorizer/weights", name), MODELS[name])


def test_a_published_folder_without_ldm_is_refused(checkpoint):
    with pytest.raises(InputError, match="holds no ldm"):
        frozen(checkpoint, "ldm")


@pytest.mark.parametrize("change", ["--width 16", "--residual"])
def test_weights_of_another_model_are_refused_with_one_sentence(change, root, tmp_path):
    argv = f"{RUN} {MODEL} --w-content 0 --w-line 0 --data {root}/data --runs {tmp_path}"
    with pytest.raises(InputError, match=r"holds a model with (width 8|residual False); this run"):
        draft.main(f"{argv} --init {root}/published {change}".split())
