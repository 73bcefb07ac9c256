"""The networks against Figures 6 and 7."""

import math

import pytest
import torch
from torch import nn

from colorizer.models import ColorizationModel, Discriminator, DraftModel, LineDetectionModel
from colorizer.models.draft import hint_times_line

SMALL = {"width": 8, "blocks": 1, "cardinality": 4}


def boxes(text):
    """The boxes of a figure, in order."""
    return text.split()


DRAFT_DOWN = boxes("c32k3s1 c64k4s2 c64k3s1 c128k4s2 c128k3s1 c256k4s2 c256k3s1 c512k4s2 c512k3s1")
COLORIZATION_DOWN = DRAFT_DOWN[:7]
LDM_UP = boxes("T512k4s2 c256k3s1 T256k4s2 c128k3s1 T128k4s2 c64k3s1 T64k4s2 c32k3s1 c1k3s1")
DISCRIMINATOR = boxes("c32k4s2 c32k3s1 c64k4s2 c64k3s1 c128k4s2 c128k3s1 c256k4s2")


def up_block(width):
    """The convolutions of one up block in the figure's notation, groups appended as g."""
    bottleneck = [f"c{width // 2}k1s1", f"c{width // 2}k3s1g32", f"c{width}k1s1"]
    return [f"c{width}k3s1", *(10 * bottleneck), f"c{2 * width}k3s1"]


def notation(layer):
    letter = "T" if isinstance(layer, nn.ConvTranspose2d) else "c"
    groups = f"g{layer.groups}" if layer.groups > 1 else ""
    return f"{letter}{layer.out_channels}k{layer.kernel_size[0]}s{layer.stride[0]}{groups}"


def executed(model, *inputs):
    """The model's convolutions in the order in which a forward pass runs them."""
    layers = []
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            module.register_forward_hook(lambda layer, *_: layers.append(notation(layer)))
    with torch.no_grad():
        model(*inputs)
    return layers


def pictures(channels, height, width, n=2):
    return torch.rand(n, channels, height, width) * 2 - 1


def small_models(residual=False):
    return [
        (DraftModel(**SMALL, residual=residual), (1, 4)),
        (ColorizationModel(**SMALL, residual=residual), (1, 3)),
        (LineDetectionModel(8), (3,)),
    ]


@pytest.mark.parametrize(
    ("model", "count"),
    [
        (LineDetectionModel, 13_063_936),
        (DraftModel, 22_191_264),
        (Discriminator, 899_584),
        (ColorizationModel, 5_491_584),
    ],
)
def test_the_defaults_have_the_papers_number_of_weights(model, count):
    assert sum(p.numel() for p in model().parameters()) == count


def test_the_draft_model_is_figure_7_layer_by_layer():
    up = [layer for width in (512, 256, 128, 64) for layer in up_block(width)]
    wanted = [*DRAFT_DOWN, *up, "c32k3s1", "c3k3s1"]
    assert executed(DraftModel(), pictures(1, 16, 16), pictures(4, 16, 16)) == wanted


def test_the_colorization_model_is_figure_7_layer_by_layer():
    up = [layer for width in (256, 128, 64) for layer in up_block(width)]
    wanted = [*COLORIZATION_DOWN, *up, "c32k3s1", "c3k3s1"]
    assert executed(ColorizationModel(), pictures(1, 16, 16), pictures(3, 16, 16)) == wanted


def test_the_ldm_is_figure_6_layer_by_layer():
    # at 32x32 because GroupNorm cannot normalize a single pixel
    assert executed(LineDetectionModel(), pictures(3, 32, 32)) == [*DRAFT_DOWN, *LDM_UP]


def test_the_discriminator_is_figure_7_layer_by_layer():
    discriminator = Discriminator()
    assert executed(discriminator, pictures(3, 128, 128)) == DISCRIMINATOR
    assert discriminator.unit.in_features == 256 * 8 * 8
    assert discriminator.unit.out_features == 1


@pytest.mark.parametrize(
    "model",
    [DraftModel(**SMALL), ColorizationModel(**SMALL), LineDetectionModel(8), Discriminator()],
)
def test_no_layer_has_a_bias_but_group_norm(model):
    layers = [
        m for m in model.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d | nn.Linear)
    ]
    assert all(layer.bias is None for layer in layers)


@pytest.mark.parametrize(
    "model", [DraftModel(**SMALL), ColorizationModel(**SMALL), Discriminator()]
)
def test_both_stages_and_the_discriminator_use_leaky_relu_alone(model):
    kinds = [m for m in model.modules() if not list(m.children()) and not hasattr(m, "weight")]
    activations = [m for m in kinds if not isinstance(m, nn.PixelShuffle)]
    assert {type(m) for m in activations} == {nn.LeakyReLU}
    assert {m.negative_slope for m in activations} == {0.2}


def test_every_ldm_layer_but_the_last_is_normalized_in_four_groups():
    layers = list(LineDetectionModel().layers)
    assert [type(layer).__name__ for layer in layers[1:-1:3]] == ["GroupNorm"] * 17
    assert {layer.num_groups for layer in layers[1:-1:3]} == {4}
    assert {type(layer) for layer in layers[2:-1:3]} == {nn.ReLU}


def recorded(model, *inputs):
    """Inputs and outputs of the model's direct parts, by name."""
    taken, given = {}, {}

    def record(name, inputs, output):
        taken[name], given[name] = inputs[0].clone(), output.clone()

    for name, module in model.named_modules():
        if name and name.count(".") <= 1:
            module.register_forward_hook(lambda _, x, y, name=name: record(name, x, y))
    with torch.no_grad():
        model(*inputs)
    return taken, given


@pytest.mark.parametrize(
    ("model", "channels", "depth"),
    [(DraftModel(**SMALL), (1, 4), 4), (ColorizationModel(**SMALL), (1, 3), 3)],
)
def test_skips_join_the_layers_that_figure_7_joins(model, channels, depth):
    taken, given = recorded(model, *[pictures(c, 32, 32) for c in channels])
    before = given[f"level.{depth - 1}"]
    skips = [f"down.{depth - 1}", *(f"level.{i}" for i in reversed(range(depth - 1)))]
    for i, skip in enumerate(skips):
        torch.testing.assert_close(taken[f"up.{i}"], torch.cat([before, given[skip]], 1))
        before = given[f"up.{i}"]
    torch.testing.assert_close(taken["to_color"], torch.cat([given["last"], given["first"]], 1))


@pytest.mark.parametrize("size", [(128, 128), (512, 512), (384, 640)])
def test_the_output_has_the_size_of_the_input_and_lies_in_range(size):
    for model, channels in small_models():
        with torch.no_grad():
            out = model(*[pictures(c, *size, n=1) for c in channels])
        assert out.shape == (1, 1 if channels == (3,) else 3, *size)
        assert out.abs().max() <= 1


@pytest.mark.parametrize("size", [(136, 128), (128, 100)])
def test_a_size_that_the_strides_do_not_divide_is_named(size):
    height, width = size
    for model, channels in small_models():
        if height % model.stride == 0 and width % model.stride == 0:
            continue
        with pytest.raises(ValueError, match=f"{width}x{height}.*{model.stride}"):
            model(*[pictures(c, height, width) for c in channels])


def test_the_discriminator_names_a_size_it_was_not_built_for():
    with pytest.raises(ValueError, match="built for 32x32, not 48x64"):
        Discriminator(32, 8)(pictures(3, 64, 48))


def test_a_batch_equals_its_single_pictures():
    models = [*small_models(), (Discriminator(64, 8), (3,))]
    for model, channels in models:
        inputs = [pictures(c, 64, 64, n=3) for c in channels]
        with torch.no_grad():
            together = model(*inputs)
            alone = torch.cat([model(*[x[i : i + 1] for x in inputs]) for i in range(3)])
        torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)


def test_an_untrained_residual_draft_is_hint_times_line():
    line, hint = torch.tensor([[[[1.0, 0.0]]]]), torch.zeros(1, 4, 1, 2)
    hint[:, 0], hint[:, 3] = 0.5, 1.0
    # paper keeps the color; ink at 0.5 halves it on the scale of 0 to 1: 0.75 -> 0.375 -> -0.25
    wanted = torch.tensor([[[[0.5, -0.25]], [[0.0, -0.5]], [[0.0, -0.5]]]])
    torch.testing.assert_close(hint_times_line(line, hint), wanted)
    tiled = line.repeat(1, 1, 16, 8), hint.repeat(1, 1, 16, 8)
    draft = DraftModel(**SMALL, residual=True)(*tiled)
    torch.testing.assert_close(draft, wanted.repeat(1, 1, 16, 8), atol=1e-5, rtol=0)


def test_an_untrained_residual_draft_is_mid_gray_without_hints():
    draft = DraftModel(**SMALL, residual=True)(pictures(1, 16, 16), torch.zeros(2, 4, 16, 16))
    assert draft.abs().max() == 0


def test_an_untrained_residual_colorization_repeats_the_draft():
    draft = pictures(3, 16, 16) * 0.97
    painted = ColorizationModel(**SMALL, residual=True)(pictures(1, 16, 16), draft)
    torch.testing.assert_close(painted, draft, atol=1e-5, rtol=0)


@pytest.mark.parametrize("residual", [False, True])
def test_bfloat16_autocast_gives_finite_colors_in_range(residual):
    for model, channels in small_models(residual):
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            out = model(*[pictures(c, 64, 64) for c in channels])
        assert out.isfinite().all()
        assert out.abs().max() <= 1


def test_weights_start_at_kaiming_and_at_xavier_before_the_tanh():
    model = DraftModel()
    inner = model.up[0][0][0].weight  # fan-in 1024 x 9
    assert inner.std().item() == pytest.approx(math.sqrt(2 / 1.04 / (1024 * 9)), rel=0.02)
    last = model.to_color.weight  # fan-in 64 x 9, fan-out 3 x 9
    assert last.std().item() == pytest.approx(math.sqrt(2 / (67 * 9)), rel=0.1)


@pytest.mark.parametrize("build", [DraftModel, ColorizationModel])
def test_untrained_full_size_models_do_not_saturate_the_tanh(build):
    torch.manual_seed(0)
    model, channels = build(), (1, 4) if build is DraftModel else (1, 3)
    with torch.no_grad():
        out = model(*[pictures(c, 32, 32) for c in channels])
    assert 0.1 < torch.atanh(out.clamp(-0.9999, 0.9999)).std() < 2


def test_a_cardinality_that_does_not_divide_the_width_is_named():
    with pytest.raises(ValueError, match="cardinality 5 does not divide"):
        DraftModel(8, 1, 5)
