"""NNI's differentiable strategies in our surroundings: what learns from which batches, and how (searches: test_search).

The searched space is ours; one test has NNI's own choices, so that nothing here relies on our supernets.
"""

import pytest
import torch
from torch import nn

from nni_autoattend.datasets.batches import TextLoader
from nni_autoattend.errors import RecipeError
from nni_autoattend.recipes import load_space, load_strategy
from nni_autoattend.space.text import TextSpace
from nni_autoattend.strategy.table import make_strategy
from nni_autoattend.supernet.mixture_proxyless import ProxylessEncoder
from nni_autoattend.testing.strategies import check_strategy
from nni_autoattend.training.lightning import Classification, lightning_evaluator

NAMES = ("darts", "gumbel-darts", "proxyless")
TINY = {"genes.layers": 2, "search.width": 8, "search.heads": 2}
ARGUMENTS = {"warmup_epochs": 1, "arc_learning_rate": 0.1, "log_prob_every_n_step": 2}


class Watched(Classification):
    """Notes the texts and alphas of every step, and the gradients with which the weights are stepped."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.steps, self.alphas, self.norms, self.validated = [], [], [], 0
        self.exported = self.left = None

    def training_step(self, batch, batch_idx):
        self.steps.append((batch_idx % 2, [tuple(row[row > 0].tolist()) for row in batch[0].tokens]))
        self.alphas.append([alpha.detach().clone() for alpha in self.model.encoder.arch_parameters()])
        if batch_idx % 2:
            for alpha in self.model.encoder.arch_parameters():
                alpha.grad = torch.full_like(alpha, 1e3)  # as a large one that the alphas' own step left
        return super().training_step(batch, batch_idx)

    def validation_step(self, batch, batch_idx):
        self.validated += 1
        self.exported = isinstance(self.model.encoder, ProxylessEncoder) and self.model.encoder.sample
        return super().validation_step(batch, batch_idx)

    def configure_gradient_clipping(self, optimizer, *arguments):
        super().configure_gradient_clipping(optimizer, *arguments)
        self.left = [alpha.grad.unique().tolist() for alpha in self.model.encoder.arch_parameters()]
        own = [weight.grad for group in optimizer.param_groups for weight in group["params"] if weight.grad is not None]
        self.norms.append(float(torch.cat([gradient.flatten() for gradient in own]).norm()))


def trained(name, data, epochs=2, clip=1e-3):
    """Train a tiny supernet; return its Lightning module, the strategy's around it, and the strategy."""
    search = load_strategy(name, {"search.epochs": epochs, "search.batch_size": 16, "search.clip": clip}).search
    torch.manual_seed(0)
    space = TextSpace.from_recipe(load_space("autoattend-text", TINY), data.dimensions)
    module = Watched(search, data.metric, data.dimensions.classes)
    loaders = (
        TextLoader(data.train, 16, shuffle=True, pool=2),
        TextLoader(data.search, shuffle=False, tokens=4096),
    )
    strategy = make_strategy(name, **ARGUMENTS)
    evaluator = strategy.mutate_evaluator(lightning_evaluator(module, *loaders))
    evaluator.evaluate(strategy.mutate_model(space))
    return module, evaluator.module, strategy


@pytest.fixture(scope="module", params=NAMES)
def run(request, text_data):
    return request.param, *trained(request.param, text_data)


def test_alphas_learn_from_the_search_half_alone_and_weights_from_training(run, text_data):
    _, module, _, _ = run
    by_phase = {
        phase: [text for number, texts in module.steps for text in texts if number == phase] for phase in (0, 1)
    }
    sources = {0: text_data.search, 1: text_data.train}
    for phase, encoded in sources.items():
        known = {
            tuple(row[row > 0].tolist()) for text, _ in TextLoader(encoded, 4, shuffle=False) for row in text.tokens
        }
        assert by_phase[phase] and set(by_phase[phase]) <= known
    assert set(by_phase[1]) == known
    assert len([0 for number, _ in module.steps if number == 1]) == 6  # 48 texts, 16 a batch, 2 epochs
    assert len([0 for number, _ in module.steps if number == 0]) == 3  # none in the epoch of warming up


def test_alphas_rest_while_warming_up_and_in_the_weights_steps(run):
    _, module, outer, _ = run
    steps = list(zip([phase for phase, _ in module.steps], module.alphas, strict=True))
    now = [alpha.detach() for alpha in outer.arch_parameters()]
    following = [*[alphas for _, alphas in steps[1:]], now]
    for (phase, before), after in zip(steps, following, strict=True):
        changed = any(not torch.equal(one, other) for one, other in zip(before, after, strict=True))
        assert changed == (phase == 0)


def test_weights_gradients_are_clipped_as_the_recipe_says_and_the_alphas_are_left_alone(run):
    _, module, outer, _ = run
    assert len(module.norms) == 6
    assert all(norm == pytest.approx(1e-3, rel=1e-3) for norm in module.norms)
    assert module.left == [[1e3]] * len(outer.arch_parameters())  # nothing added, nothing scaled


def test_every_epoch_is_validated_and_single_paths_as_they_would_be_exported(run):
    name, module, outer, _ = run
    assert module.validated == 2
    assert float(outer.trainer.callback_metrics["val_acc"]) <= 1
    if name == "proxyless":
        assert module.exported == outer.export()


def test_alphas_stand_in_the_order_of_the_labels(run):
    _, module, outer, _ = run
    alphas = outer.arch_parameters()
    assert [id(alpha) for alpha in alphas] == [id(alpha) for alpha in module.model.encoder.arch_parameters()]
    assert [len(alpha) for alpha in alphas] == [len(values) for values in module.model.genes.labels().values()]
    weights, own = outer.trainer.optimizers
    assert [id(alpha) for group in own.param_groups for alpha in group["params"]] == [id(alpha) for alpha in alphas]
    in_weights = {id(weight) for group in weights.param_groups for weight in group["params"]}
    assert not in_weights & {id(alpha) for alpha in alphas}


def test_the_temperature_falls_where_there_is_one(run):
    name, module, _, _ = run
    softmax = module.model.encoder.alphas.softmax
    if name == "gumbel-darts":
        assert softmax.tau == pytest.approx((1.0 + 0.33) / 2)  # second of two epochs
    else:
        assert type(softmax) is nn.Softmax


def test_a_temperature_of_no_known_form_is_told():
    strategy = make_strategy("gumbel-darts", temperature={"init": 0.1, "min": 0.5})
    with pytest.raises(RecipeError, match="init >= min"):
        strategy.configure_oneshot_module(nn.Identity())


@pytest.mark.parametrize("name", NAMES)
def test_spaces_of_nnis_own_choices_are_searched_too(name):
    check_strategy(lambda seed: make_strategy(name, warmup_epochs=0))
