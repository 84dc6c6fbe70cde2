from types import SimpleNamespace

import torch

from nni_autoattend.baselines.bigru_attention import BiGRUAttentionBaseline
from nni_autoattend.datasets.batches import collate


def test_padding_and_batch_mates_change_nothing(check: SimpleNamespace) -> None:
    check.invariant(BiGRUAttentionBaseline)


def test_learns_from_the_order_of_words(check: SimpleNamespace) -> None:
    check.learns(BiGRUAttentionBaseline, lambda tokens: int(tokens[0] > tokens[-1]))


def test_is_the_formula_of_the_paper(check: SimpleNamespace) -> None:
    network = BiGRUAttentionBaseline(check.shape, check.dimensions).eval()
    tokens = torch.tensor([4, 7, 1, 9, 9])
    states = network.recurrence(network.norm(network.embedding(tokens)))[0]  # (L, 2 width)
    hidden = torch.tanh(states @ network.attention.weight.T + network.attention.bias)
    shares = torch.softmax(hidden @ network.context.weight[0], dim=0)
    expected = network.classifier(shares @ states)
    torch.testing.assert_close(network(collate([[tokens], [tokens[:2]]]))[0], expected, rtol=0, atol=1e-6)


def test_each_direction_is_as_wide_as_the_searched_states(check: SimpleNamespace) -> None:
    network = BiGRUAttentionBaseline(check.shape, check.dimensions)
    assert (network.recurrence.hidden_size, network.classifier.in_features) == (16, 32)
