"""Equations 1 to 7 by hand, and where their gradients go."""

import math

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from colorizer.images import InputError
from colorizer.models import Discriminator, DraftModel, LineDetectionModel
from train import colorization, draft, losses

ROW = torch.tensor([[[[0.0, 0.5], [-1.0, 1.0]]]])
OTHER = torch.tensor([[[[0.5, 0.5], [1.0, 0.0]]]])
L1 = (0.5 + 0 + 2 + 1) / 4
L2 = (0.25 + 0 + 4 + 1) / 4


@pytest.fixture(scope="module")
def features():
    """VGG16's first nine layers with random weights, built by hand from its paper's table."""
    torch.manual_seed(2)
    blocks = [(3, 64), (64, 64), None, (64, 128), (128, 128)]
    layers = []
    for block in blocks:
        layers += [nn.Conv2d(*block, 3, padding=1), nn.ReLU()] if block else [nn.MaxPool2d(2)]
    return losses.VGGFeatures(nn.Sequential(*layers))


@pytest.fixture
def stage():
    """Picture, line-art, hint and the networks of a draft step, all tiny."""
    ldm = LineDetectionModel(8).requires_grad_(False).eval()
    color, line, hint = (torch.rand(2, c, 32, 32) * 2 - 1 for c in (3, 1, 4))
    return color, line, hint, DraftModel(8, 1, 4), ldm, Discriminator(32, 8)


@pytest.mark.parametrize("loss", [losses.ldm_loss, losses.reconstruction_loss])
def test_equations_1_4_and_7_are_the_mean_absolute_difference(loss):
    assert loss(ROW, OTHER).item() == pytest.approx(L1)
    assert loss(ROW, ROW) == 0


def test_w_blind_is_what_a_sample_without_hints_counts():
    color, hint = torch.zeros(2, 3, 4, 4), torch.zeros(2, 4, 4, 4)
    fake = torch.tensor([1.0, 3.0])[:, None, None, None].expand_as(color)
    hint[1, 3, 2, 2] = 1
    batch = {"line": fake, "hint": hint, "color": color}
    for weight, wanted in ((1.0, (1 + 3) / 2), (0.25, (0.25 * 1 + 3) / 2)):
        config = draft.Config(w_gan=0, w_content=0, w_line=0, w_blind=weight)
        (terms,) = draft.losses(config, {}, {"draft": lambda line, hint: line}, batch)
        assert terms["recon"].item() == pytest.approx(wanted)


def test_w_guess_is_what_squared_error_counts_where_the_hint_is_a_guess():
    color, hint = torch.zeros(1, 3, 1, 4), torch.zeros(1, 4, 1, 4)
    hint[:, 3] = torch.tensor([0.0, 0.25, 0.6, 1.0])  # none, a guess, where one flows, paint
    fake = torch.tensor([1.0, 2.0, 3.0, 4.0]).expand_as(color)
    assert losses.guess_loss(color, fake, hint).item() == pytest.approx(2**2 / 4)
    batch = {"line": fake, "hint": hint, "color": color}
    for weight in (0.0, 3.0):
        config = draft.Config(w_gan=0, w_content=0, w_line=0, w_guess=weight)
        (terms,) = draft.losses(config, {}, {"draft": lambda line, hint: line}, batch)
        total = losses.weighted_sum(terms, config).item()
        assert total == pytest.approx((1 + 2 + 3 + 4) / 4 + weight * 2**2 / 4)


def test_rare_parts_count_more_in_the_part_loss():
    logits = torch.zeros(1, 9, 1, 4)
    logits[0, 4, 0, 1] = 2.0  # an iris that is seen, beside background, a figure and the unknown
    wanted = torch.tensor([[[0, 4, losses.FIGURE, losses.UNKNOWN]]])
    values = math.log(9), math.log(8 + math.exp(2)) - 2, -math.log(8 / 9)
    total = 0.5 * values[0] + 4 * values[1] + values[2]
    assert losses.part_loss(logits, wanted).item() == pytest.approx(total / (0.5 + 4 + 1))


def test_the_colorization_counts_ink_more_and_squares_if_told():
    line = torch.ones(1, 1, 2, 2)
    line[..., 0, 0] = -1
    color, painted = torch.zeros(1, 3, 2, 2), torch.full((1, 3, 2, 2), 0.5)
    batch = {"large_line": line, "large_color": color}
    plain = colorization.terms(colorization.Config(), painted, batch)
    assert plain.keys() == {"color"}
    assert plain["color"].item() == pytest.approx(0.5)
    config = colorization.Config(ink_weight=2.0, w_square=1.0)
    counted = colorization.terms(config, painted, batch)
    assert counted["color"].item() == pytest.approx(0.5 * (3 + 1 + 1 + 1) / 4)
    assert counted["square"].item() == pytest.approx(0.25 * (3 + 1 + 1 + 1) / 4)


def test_ink_weight_counts_a_pixel_by_its_darkness():
    # darkness (1 - line) / 2 is 0.5, 0.25, 1, 0; with weight 8 the pixels count 5, 3, 9, 1
    wanted = (5 * 0.5 + 3 * 0 + 9 * 2 + 1 * 1) / (5 + 3 + 9 + 1)
    assert losses.ldm_loss(ROW, OTHER, 8.0).item() == pytest.approx(wanted)
    assert losses.ldm_loss(ROW, OTHER, 0.0).item() == pytest.approx(L1)


def test_ink_weight_makes_no_picture_depend_on_its_batch():
    lines, detected = torch.rand(3, 1, 4, 4) * 2 - 1, torch.rand(3, 1, 4, 4)
    alone = [losses.ldm_loss(x[None], y[None], 8.0).item() for x, y in zip(lines, detected)]
    assert losses.ldm_loss(lines, detected, 8.0).item() == pytest.approx(sum(alone) / 3)


def test_equation_5_is_the_mean_squared_difference_of_features():
    assert losses.content_loss(ROW, OTHER, nn.Identity()).item() == pytest.approx(L2)


def test_equation_6_is_the_mean_absolute_difference_of_detected_lines():
    double = nn.Conv2d(1, 1, 1, bias=False)
    nn.init.constant_(double.weight, 2)
    assert losses.line_loss(ROW, OTHER, double).item() == pytest.approx(2 * L1)


def test_equation_3_is_the_log_of_the_probabilities():
    real, fake = torch.tensor([[2.0], [0.0]]), torch.tensor([[-1.0], [3.0]])

    def sigmoid(x):
        return 1 / (1 + math.exp(-x))

    wanted = -np.mean([math.log(sigmoid(2)), math.log(sigmoid(0))])
    wanted -= np.mean([math.log(1 - sigmoid(-1)), math.log(1 - sigmoid(3))])
    assert losses.discriminator_loss(real, fake).item() == pytest.approx(wanted)
    wanted = -np.mean([math.log(sigmoid(-1)), math.log(sigmoid(3))])
    assert losses.adversarial_loss(fake).item() == pytest.approx(wanted)


def test_a_discriminator_that_is_sure_keeps_the_losses_finite():
    sure = torch.tensor([[1000.0]])
    assert losses.discriminator_loss(-sure, sure).item() == pytest.approx(2000)
    assert losses.adversarial_loss(-sure).item() == pytest.approx(1000)


def test_equation_2_is_the_weighted_sum():
    values = {"gan": 1.0, "recon": 10.0, "content": 100.0, "line": 1000.0}
    terms = {name: torch.tensor(value) for name, value in values.items()}
    total = losses.weighted_sum(terms, draft.Config(w_line=2.0))
    assert total.item() == pytest.approx(0.05 + 10 + 10 + 2000)
    assert losses.weighted_sum({"discriminator": terms["line"]}, draft.Config()).item() == 1000


def term(name, stage, features):
    color, line, hint, generator, ldm, discriminator = stage
    fake = generator(line, hint)
    return {
        "adversarial": lambda: losses.adversarial_loss(discriminator(fake)),
        "reconstruction": lambda: losses.reconstruction_loss(color, fake),
        "content": lambda: losses.content_loss(color, fake, features),
        "line": lambda: losses.line_loss(color, fake, ldm),
    }[name]()


@pytest.mark.parametrize("name", ["adversarial", "reconstruction", "content", "line"])
def test_each_term_trains_the_generator_and_neither_ldm_nor_vgg(name, stage, features):
    generator, ldm = stage[3], stage[4]
    term(name, stage, features).backward()
    for parameter in generator.parameters():
        assert parameter.grad.isfinite().all()
        assert parameter.grad.abs().sum() > 0
    for parameter in [*ldm.parameters(), *features.parameters()]:
        assert parameter.grad is None or parameter.grad.abs().sum() == 0


@pytest.mark.parametrize("name", ["content", "line"])
def test_the_gradient_of_content_and_line_loss_is_the_slope_of_the_loss(name, stage, features):
    color, _, _, _, ldm, _ = stage
    ldm, features = ldm.double(), features.double()
    color, fake = color.double(), torch.rand(2, 3, 32, 32, dtype=torch.float64) - 0.5
    fake.requires_grad_()
    loss = {
        "content": lambda x: losses.content_loss(color, x, features),
        "line": lambda x: losses.line_loss(color, x, ldm),
    }[name]
    loss(fake).backward()
    way, norm = fake.grad / fake.grad.norm(), fake.grad.norm().item()
    with torch.no_grad():
        slope = (loss(fake + 1e-3 * way) - loss(fake - 1e-3 * way)).item() / 2e-3
    features.float()
    assert slope == pytest.approx(norm, rel=2e-2)


def test_vgg_gives_128_planes_at_half_the_size(features):
    assert len(features.layers) == 9
    assert features(torch.zeros(1, 3, 32, 48)).shape == (1, 128, 16, 24)


def test_vgg_sees_colors_normalized_as_it_was_trained(features):
    seen = []
    handle = features.layers.register_forward_pre_hook(lambda _, x: seen.append(x[0]))
    features(torch.tensor([-1.0, 0.0, 1.0])[None, :, None, None].repeat(1, 1, 8, 8))
    handle.remove()
    wanted = [(0 - 0.485) / 0.229, (0.5 - 0.456) / 0.224, (1 - 0.406) / 0.225]
    np.testing.assert_allclose(seen[0][0, :, 0, 0], wanted, rtol=1e-5)


def test_vgg_features_are_divided_by_the_scale(features):
    color = torch.rand(1, 3, 16, 16)
    scaled = losses.VGGFeatures(features.layers, 57.5)
    torch.testing.assert_close(scaled(color) * 57.5, features(color))


def test_vgg_weights_are_read_from_a_file(features, tmp_path):
    state = {f"features.{k}": v.contiguous() for k, v in features.layers.state_dict().items()}
    save_file(state | {"classifier.0.weight": torch.zeros(2)}, tmp_path / "vgg.safetensors")
    loaded, color = losses.load_vgg(str(tmp_path / "vgg.safetensors")), torch.rand(1, 3, 16, 16)
    torch.testing.assert_close(loaded(color), features(color))
    assert not any(p.requires_grad for p in loaded.parameters())


def test_a_missing_vgg_file_is_named():
    with pytest.raises(InputError, match=r"nowhere\.safetensors"):
        losses.load_vgg("nowhere.safetensors")


def test_a_file_without_vgg_weights_is_refused(tmp_path):
    save_file({"other": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(InputError, match=r"other\.safetensors"):
        losses.load_vgg(str(tmp_path / "other.safetensors"))


def test_a_damaged_vgg_file_is_refused(tmp_path):
    (tmp_path / "damaged.safetensors").write_bytes(b"no weights")
    with pytest.raises(InputError, match=r"damaged\.safetensors"):
        losses.load_vgg(str(tmp_path / "damaged.safetensors"))


def test_vgg_weights_that_cannot_be_downloaded_say_what_to_do(monkeypatch):
    def refuse(**_):
        raise OSError("no network")

    monkeypatch.setattr(losses, "vgg16", refuse)
    with pytest.raises(InputError, match=r"no network.*--vgg-weights, or --w-content 0"):
        losses.load_vgg("torchvision")
