from types import SimpleNamespace

import pytest
import torch

from nni_autoattend.datasets.batches import TextLoader, collate
from nni_autoattend.training.evaluation import evaluate, evaluating, logits_of


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("batch_size", [1, 4, 50])
def test_logits_stand_in_the_order_of_the_texts(toy: SimpleNamespace, shuffle: bool, batch_size: int) -> None:
    texts, network = toy.texts(17, 3), toy.Network().eval()
    alone = torch.cat([network(collate([windows])) for windows in texts.windows])
    together = logits_of(network, TextLoader(texts, batch_size, shuffle=shuffle, seed=5))
    assert together.shape == (17, 3)
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-6)


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
    assert evaluate(network, loader, "accuracy", 3) == pytest.approx(right.double().mean().item())
    assert 0 < evaluate(network, loader, "accuracy", 3) < 1
