"""Views of an item are drawn together, those of items without a label too."""

import math

import pytest
import torch
from torch import nn

from nni_autoattend.datasets.batches import collate
from nni_autoattend.datasets.graph_batches import GraphInput
from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.settings import TrainingSettings
from nni_autoattend.settings_consistency import Consistency
from nni_autoattend.training.consistency import consistent_loss, disagreement
from nni_autoattend.training.decisions import mean_loss
from nni_autoattend.training.step import AdamStep


def views(*shape, count=2):
    torch.manual_seed(0)
    return [torch.randn(*shape, dtype=torch.double, requires_grad=True) for _ in range(count)]


@pytest.mark.parametrize("count", [2, 3])
def test_it_is_the_published_formula(count):
    drawn, temperature = views(5, 3, count=count), 0.4
    total = 0.0
    probabilities = [view.softmax(1) for view in drawn]
    for item in range(5):
        mean = [sum(p[item, label].item() for p in probabilities) / count for label in range(3)]
        powers = [share ** (1 / temperature) for share in mean]
        wanted = [power / sum(powers) for power in powers]
        for p in probabilities:
            total += sum((p[item, label].item() - wanted[label]) ** 2 for label in range(3))
    assert disagreement(drawn, temperature, multi_label=False).item() == pytest.approx(total / (5 * count))


def test_views_that_agree_on_one_class_cost_nothing_and_those_that_know_nothing_neither():
    decided = torch.tensor([[50.0, 0.0, 0.0]])
    assert disagreement([decided, decided], 0.5, multi_label=False).item() == pytest.approx(0, abs=1e-9)
    assert disagreement([torch.zeros(1, 3)] * 2, 0.5, multi_label=False).item() == pytest.approx(0, abs=1e-9)
    apart = [torch.tensor([[50.0, 0.0]]), torch.tensor([[0.0, 50.0]])]
    assert disagreement(apart, 0.5, multi_label=False).item() == pytest.approx(0.5)


def test_each_of_several_labels_is_a_distribution_of_its_own():
    drawn = views(4, 3)
    as_pairs = [torch.stack([view, torch.zeros_like(view)], dim=-1).flatten(0, 1) for view in drawn]
    expected = disagreement(as_pairs, 0.5, multi_label=False)
    torch.testing.assert_close(disagreement(drawn, 0.5, multi_label=True), expected)


def test_the_sharpened_mean_is_a_constant():
    drawn = views(6, 3)
    disagreement(drawn, 0.5, multi_label=False).backward()
    shares = torch.stack([view.detach().softmax(1) for view in drawn])
    target = (shares.mean(0) ** 2) / (shares.mean(0) ** 2).sum(1, keepdim=True)
    again = [view.detach().requires_grad_() for view in drawn]
    torch.stack([(view.softmax(1) - target).square().sum(1).mean() for view in again]).mean().backward()
    for view, expected in zip(drawn, again, strict=True):
        torch.testing.assert_close(view.grad, expected.grad)


def test_extreme_logits_give_finite_gradients():
    drawn = [torch.tensor([[1e4, -1e4]], requires_grad=True), torch.tensor([[-1e4, 1e4]], requires_grad=True)]
    disagreement(drawn, 0.1, multi_label=False).backward()
    assert all(view.grad.isfinite().all() for view in drawn)


class Noisy(nn.Module):
    """Logits of nodes from a table, with dropout."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.table = nn.Parameter(torch.randn(5, 3))
        self.dropout = nn.Dropout(0.5)

    def forward(self, graph):
        return self.dropout(self.table)[graph.targets]


def graph():
    edges = torch.tensor([[0, 1], [1, 0]])
    return GraphInput(torch.zeros(5, 1), GraphLayout(edges, 5), torch.tensor([3, 1]))


def test_nodes_without_a_label_teach_too():
    labels, settings = torch.tensor([0, 2]), Consistency(1.0, warm_up=0)
    network = Noisy()
    consistent_loss(network, graph(), labels, settings, 0).backward()
    assert (network.table.grad[[0, 2, 4]] != 0).any(dim=1).all()


def test_in_evaluation_all_views_are_one_and_sharpening_is_left():
    network, labels = Noisy().eval(), torch.tensor([0, 2])
    plain = mean_loss(network(graph()), labels)
    whole = consistent_loss(network, graph(), labels, Consistency(3.0, warm_up=0, temperature=1.0), 0)
    assert whole.item() == pytest.approx(plain.item())
    sharper = consistent_loss(network, graph(), labels, Consistency(3.0, warm_up=0, temperature=0.5), 0)
    assert sharper.item() > plain.item()


def test_a_step_warms_up_by_the_steps_of_its_optimizer_and_goes_on_after_a_kill():
    settings = TrainingSettings(1, 1, lr=0.1, clip=0.0, consistency=Consistency(5.0, warm_up=3))
    labels = torch.tensor([0, 2])
    whole = AdamStep(Noisy().eval(), settings)
    losses = [whole.take(graph(), labels) for _ in range(4)]
    first = AdamStep(Noisy().eval(), settings)
    assert [first.take(graph(), labels) for _ in range(2)] == losses[:2]
    second = AdamStep(Noisy().eval(), settings)
    second.network.load_state_dict(first.network.state_dict())
    second.optimizer.load_state_dict(first.optimizer.state_dict())
    assert [second.take(graph(), labels) for _ in range(2)] == losses[2:]
    assert AdamStep(Noisy().eval(), TrainingSettings(1, 1, lr=0.1)).take(graph(), labels) < losses[0]


def test_a_batch_of_texts_has_its_own_items_only(toy):
    texts = toy.texts(4, 1)
    batch = collate(texts.windows)
    loss = consistent_loss(toy.Network(), batch, texts.labels, Consistency(1.0), 0)
    assert math.isfinite(loss.item())
    assert batch.with_unlabelled() is batch
