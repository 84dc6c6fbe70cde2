"""SupernetStep: paths together learn what paths one after another learn; bad paths are left out."""

from random import Random

import pytest
import torch
from nni.nas.strategy import RandomOneShot
from torch.nn.functional import cross_entropy

from nni_autoattend.datasets.batches import collate
from nni_autoattend.datasets.graph_batches import GraphInput
from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.dimensions_graph import GraphDimensions
from nni_autoattend.recipes import load_space
from nni_autoattend.settings import TrainingSettings
from nni_autoattend.space.graph import GraphSpace
from nni_autoattend.space.text import TextSpace
from nni_autoattend.strategy import detached_steps
from nni_autoattend.strategy.detached_steps import DetachedSteps
from nni_autoattend.strategy.sample_space import SampleSpace
from nni_autoattend.strategy.supernet_step import SupernetStep
from nni_autoattend.training import lightning, path_units
from nni_autoattend.training.lightning import Classification
from nni_autoattend.training.touched import TouchedSteps

STILL = {"search.dropout": 0.0, "search.attention_dropout": 0.0, "search.aggregation_dropout": 0.0}
NOISY = {"search.dropout": 0.3, "search.attention_dropout": 0.3, "search.aggregation_dropout": 0.3}
TINY = {"genes.layers": 3, "search.width": 8, "search.heads": 2, **STILL}


def make(clip=0.0, **changes):
    torch.manual_seed(0)
    space = TextSpace.from_recipe(load_space("autoattend-text", TINY | changes), TextDimensions(20, 6, 3), 0)
    model = RandomOneShot().mutate_model(space)
    module = Classification(TrainingSettings(epochs=1, batch_size=4, lr=0.01), "accuracy", 3)
    module.set_model(model)
    module.configure_optimizers = lambda: torch.optim.SGD(model.parameters(), lr=0.1)  # Adam would blow up roundings
    return SupernetStep(DetachedSteps(module), model, clip)


@pytest.fixture
def batch():
    lengths = [5, 1, 3, 2, 7]
    return collate([[torch.arange(2, 2 + length)] for length in lengths]), torch.tensor([0, 1, 2, 0, 1])


def draw(step, count):
    return SampleSpace(step.model).distinct(count, Random(1))


def weights(step):
    return {name: weight.detach().clone() for name, weight in step.model.named_parameters()}


def assert_close(found, expected):
    for name, weight in expected.items():
        torch.testing.assert_close(found[name], weight, atol=1e-5, rtol=1e-4)


def test_paths_together_equal_paths_one_after_another(batch):
    together, apart = make(), make()
    losses = together.take(batch, 0, draw(together, 4)).losses
    apart.steps._runs_together = lambda method: False
    assert apart.take(batch, 0, draw(apart, 4)).losses == pytest.approx(losses, abs=1e-5)
    assert_close(weights(together), weights(apart))


@pytest.mark.parametrize("most", [1, 6, 20])
def test_the_size_of_units_changes_nothing(batch, monkeypatch, most):
    whole, cut = make(clip=1.0), make(clip=1.0)
    losses = whole.take(batch, 0, draw(whole, 3)).losses
    monkeypatch.setitem(path_units._TOKENS_AT_ONCE, "cpu", most)
    assert cut.take(batch, 0, draw(cut, 3)).losses == pytest.approx(losses, abs=1e-5)
    assert_close(weights(cut), weights(whole))


def test_threads_change_nothing(batch, monkeypatch):
    monkeypatch.setattr(lightning, "workers_on", lambda device: 2)  # the same units for both
    alone, both = make(clip=1.0, **NOISY), make(clip=1.0, **NOISY)
    losses = []
    for step, threads in ((alone, 1), (both, 2)):
        monkeypatch.setattr(detached_steps, "workers_on", lambda device, threads=threads: threads)
        torch.manual_seed(3)
        losses.append([step.take(batch, 0, draw(step, 5)).losses for _ in range(3)])
    torch.set_num_threads(1)
    assert losses[0] == losses[1]
    assert losses[0][0] != losses[0][1]
    found = weights(both)
    assert all(torch.equal(found[name], weight) for name, weight in weights(alone).items())


def test_weights_of_other_paths_do_not_move(batch):
    step = make()
    before, samples = weights(step), draw(step, 1)
    step.take(batch, 0, samples)
    edges = list(step.model.architecture(samples[0]).edges())
    used = {id(weight) for edge in edges for weight in step.model.encoder.weights.operation(edge).parameters()}
    moved = {
        name for name, weight in step.model.encoder.weights.operations.named_parameters()
        if not torch.equal(weight, before[f"encoder.weights.operations.{name}"])
    }  # fmt: skip
    for name, weight in step.model.encoder.weights.operations.named_parameters():
        assert name not in moved or id(weight) in used
    assert moved


def poison(step, sample):
    """Make the operations of the last layer of one sample's path give NaN."""
    edge = step.model.architecture(sample).edges_of(3)[0]
    for weight in step.model.encoder.weights.operation(edge).parameters():
        torch.nn.init.constant_(weight, torch.nan)


def weighted_last(step):
    """Return a sample whose last layer begins with a weighted operation, and one whose last layer has no such edge."""
    samples, rng = SampleSpace(step.model), Random(2)
    bad = samples.unseen(lambda: samples.random(rng) | {"layer03_kind": "addition", "layer03_left_op": "conv1"}, set())
    good = samples.random(rng) | {"layer03_kind": "addition", "layer03_left_op": "identity", "layer03_right_op": "zero"}
    return bad, good


def test_a_path_without_a_finite_loss_is_left_out(batch, monkeypatch):
    step = make()
    monkeypatch.setitem(path_units._TOKENS_AT_ONCE, "cpu", 18)  # one path at a time
    bad, good = weighted_last(step)
    poison(step, bad)
    taken = step.take(batch, 0, [bad, good])
    assert (len(taken.losses), taken.skipped) == (1, 1)
    assert all(
        torch.isfinite(weight).all() for weight in (*step.model.stem.parameters(), *step.model.head.parameters())
    )


def test_without_any_finite_loss_no_step_is_taken(batch):
    step = make()
    bad, _ = weighted_last(step)
    poison(step, bad)
    before = weights(step)
    taken = step.take(batch, 0, [bad])
    assert (taken.losses, taken.skipped) == ([], 1)
    for name, weight in weights(step).items():
        assert torch.equal(weight.nan_to_num(), before[name].nan_to_num())


def make_graph(**changes):
    torch.manual_seed(0)
    recipe = load_space("autoattend-graph", {"search.width": 16, "search.heads": 2, **changes})
    model = RandomOneShot().mutate_model(GraphSpace.from_recipe(recipe, GraphDimensions(5, 3, False), 0))
    module = Classification(TrainingSettings(epochs=1, batch_size=4, lr=0.01), "accuracy", 3)
    module.set_model(model)
    return SupernetStep(DetachedSteps(module), model, 1.0)


def graph_batch():
    torch.manual_seed(1)
    features = torch.randn(9, 5).relu().to_sparse_csr()
    edges = torch.tensor([[i, (i + 1) % 9] for i in range(9)]).T
    layout = GraphLayout(torch.cat([edges, edges.flip(0)], dim=1), 9)
    return GraphInput(features, layout, torch.arange(6)), torch.tensor([0, 1, 2, 0, 1, 2])


@pytest.mark.parametrize("kind", ["text", "graph"])
def test_a_step_of_fused_adam_is_a_plain_step(kind, batch):
    """Fused Adam reads memory and not strides; a large epsilon keeps roundings small."""
    fast, plain = (make(clip=1.0) if kind == "text" else make_graph() for _ in range(2))
    items, labels = batch if kind == "text" else graph_batch()
    samples = draw(fast, 6)
    for step, fused in ((fast, True), (plain, False)):
        learned = [weight for weight in step.model.parameters() if weight.requires_grad]
        step.optimizer = torch.optim.Adam(learned, lr=0.01, eps=1e-3, fused=fused)
        step._touched = TouchedSteps(step.optimizer, 1.0)
    for _ in range(3):
        fast.take((items, labels), 0, samples)
        sum(cross_entropy(logits, labels) for logits in plain.model.forward_paths(items, samples)).backward()
        plain._touched.take()
    assert_close(weights(fast), weights(plain))
