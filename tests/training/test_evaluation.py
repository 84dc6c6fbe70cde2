from types import SimpleNamespace

import pytest
import torch

from nni_autoattend.datasets.batches import TextInput, TextLoader, collate
from nni_autoattend.datasets.encoded import EncodedTexts
from nni_autoattend.training.evaluation import evaluating, judge, logits_of
from nni_autoattend.training.metrics import METRICS, score


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("batch_size", [1, 4, 50])
def test_logits_stand_in_the_order_of_the_texts(toy: SimpleNamespace, shuffle: bool, batch_size: int) -> None:
    texts, network = toy.texts(17, 3), toy.Network().eval()
    alone = torch.cat([network(collate([windows])) for windows in texts.windows])
    together = logits_of(network, TextLoader(texts, batch_size, shuffle=shuffle, seed=5))
    assert together.shape == (17, 3)
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-6)


class Counting(torch.nn.Module):
    """A network that notes the texts it is shown."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network
        self.shown: list[tuple[tuple[int, ...], ...]] = []

    def forward(self, text: TextInput) -> torch.Tensor:
        rows = [tuple(row[mask].tolist()) for row, mask in zip(text.tokens, text.mask, strict=True)]
        owners = text.owner.tolist()
        self.shown += [
            tuple(row for row, of in zip(rows, owners, strict=True) if of == owner) for owner in sorted(set(owners))
        ]
        return self.network(text)


def repeated(texts: EncodedTexts, other_labels: bool) -> EncodedTexts:
    """Every text three times, apart from each other; the third time with its own or with another label."""
    order = [*range(len(texts)), *range(len(texts)), *reversed(range(len(texts)))]
    labels = texts.labels[torch.tensor(order)]
    labels[2 * len(texts) :] += int(other_labels)
    return EncodedTexts([texts.windows[index] for index in order], labels % 3)


@pytest.mark.parametrize("other_labels", [False, True])
@pytest.mark.parametrize("sizes", [{"batch_size": 4}, {"tokens": 10}, {"batch_size": 3, "tokens": 10}])
def test_repeated_texts_are_evaluated_once_and_count_as_often_as_they_stand(
    toy: SimpleNamespace, sizes: dict[str, int], other_labels: bool
) -> None:
    texts, network = repeated(toy.texts(17, 3), other_labels), Counting(toy.Network().eval())
    alone = torch.cat([network(collate([windows])) for windows in texts.windows])
    kinds = set(network.shown)
    assert max(len(windows) for windows in kinds) == 2  # long texts, of several windows, are among them
    network.shown.clear()
    loader = TextLoader(texts, shuffle=False, **sizes)
    torch.testing.assert_close(logits_of(network, loader), alone, rtol=0, atol=1e-6)
    assert sorted(network.shown) == sorted(kinds)
    for metric in METRICS:
        expected = score(metric, texts.labels, alone.argmax(dim=1), 3)
        assert judge(network, loader, metric, 3).score == expected
        assert 0 < expected < 1


def test_without_texts_there_is_nothing_to_evaluate(toy: SimpleNamespace) -> None:
    none = EncodedTexts([], torch.zeros(0, dtype=torch.int64))
    with pytest.raises(ValueError, match="nothing to evaluate"):
        logits_of(toy.Network(), TextLoader(none, 4, shuffle=False))


def test_evaluating_draws_nothing_and_leaves_every_mode_as_it_was(toy: SimpleNamespace) -> None:
    network = toy.Network().train()
    network.dropout.eval()
    random = torch.get_rng_state()
    logits = logits_of(network, toy.selection())
    assert not logits.requires_grad
    assert torch.equal(torch.get_rng_state(), random)
    assert [network.training, network.classifier.training, network.dropout.training] == [True, True, False]


def test_modes_come_back_after_an_error(toy: SimpleNamespace) -> None:
    network = toy.Network().train()
    with pytest.raises(KeyError), evaluating(network):
        assert not network.dropout.training
        raise KeyError
    assert network.dropout.training


def test_evaluate_is_the_metric_of_the_likeliest_classes(toy: SimpleNamespace) -> None:
    network, loader = toy.Network(), toy.selection()
    right = logits_of(network, loader).argmax(dim=1) == loader.dataset.labels
    assert judge(network, loader, "accuracy", 3).score == pytest.approx(right.double().mean().item())
    assert 0 < judge(network, loader, "accuracy", 3).score < 1
