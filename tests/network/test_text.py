from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from nni_autoattend.datasets.batches import collate
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.errors import DataError
from nni_autoattend.genes import Genes
from nni_autoattend.network.paths import run_paths
from nni_autoattend.network.plain import classify
from nni_autoattend.network.text import TextNetwork, build_embedding, count_parameters, forward_text
from nni_autoattend.published import SST5
from nni_autoattend.settings import NetworkShape

GENES = Genes(24, ("addition", "attention"), ("zero", "identity", "conv1", "conv3", "maxpool3", "gru"))


def windows(*lengths):
    return [torch.randint(1, 7, (length,)) for length in lengths]


@pytest.mark.parametrize(("width", "millions"), [(256, 9.52), (64, 0.62)])
def test_the_published_sst5_network_has_the_published_size(width, millions):
    shape = NetworkShape(width, 8, 0.1, 0.1, 0.1)
    network = TextNetwork(GENES.from_published(SST5), shape, TextDimensions(50, 300, 5, tune_embedding=False))
    assert round(count_parameters(network) / 1e6, 2) == millions


def test_parameters_are_counted_with_and_without_the_embedding(small, shape):
    tuned = TextNetwork(small, shape, TextDimensions(7, 6, 3))
    frozen = TextNetwork(small, shape, TextDimensions(7, 6, 3, tune_embedding=False))
    assert count_parameters(tuned, without_embedding=False) == count_parameters(tuned) + 7 * 6
    assert count_parameters(frozen, without_embedding=False) == count_parameters(frozen) == count_parameters(tuned)


@pytest.mark.parametrize("paths", [1, 3])
def test_equals_the_plain_reference_in_outputs_and_all_gradients(check, network, small, paths):
    torch.manual_seed(1)
    network = network.double()
    text = collate([windows(3), windows(4, 4, 2), windows(1), windows(4, 1)])
    parts = (network.embedding, network.stem, network.encoder, network.head)
    found = forward_text(*parts[:2], several(network.encoder, paths), *parts[3:], text, paths)
    plain = classify(small, *parts, text).expand(paths, -1, -1)
    inputs = list(network.parameters())
    check.agree(check.with_gradients(found, inputs), check.with_gradients(plain, inputs), 1e-9)


def several(encoder, paths):
    return lambda states, layout, noise: run_paths([encoder.architecture] * paths, states, layout, encoder, noise)


def test_training_drops_out_and_evaluation_does_not(network):
    text = collate([windows(3), windows(4)])
    assert torch.equal(network(text), network(text))
    network.train()
    torch.manual_seed(0)
    first, second = network(text), network(text)
    torch.manual_seed(0)
    assert torch.equal(network(text), first)
    assert not torch.equal(first, second)


def test_padding_batch_mates_and_their_windows_change_no_logit(network):
    torch.manual_seed(1)
    network = network.double()
    texts = [windows(3), windows(4, 4, 2), windows(1)]
    together = network(collate(texts))
    assert together.shape == (3, 3)
    for row, text in enumerate(texts):
        torch.testing.assert_close(together[row], network(collate([text]))[0])
    assert not torch.allclose(together[0], together[1])


def test_gradients_of_a_batch_are_the_sum_of_those_of_its_texts(small, shape):
    torch.manual_seed(1)
    still = replace(shape, dropout=0.0, attention_dropout=0.0, aggregation_dropout=0.0)
    network = TextNetwork(small, still, TextDimensions(7, 6, 3)).double()
    texts, labels = [windows(5), windows(2), windows(4, 3)], torch.tensor([0, 2, 1])

    def gradients(chosen):
        network.zero_grad()
        logits = network(collate([texts[i] for i in chosen]))
        F.cross_entropy(logits, labels[chosen], reduction="sum").backward()
        return {name: parameter.grad.clone() for name, parameter in network.named_parameters()}

    together, single = gradients([0, 1, 2]), [gradients([i]) for i in range(3)]
    for name, gradient in together.items():
        torch.testing.assert_close(gradient, sum(alone[name] for alone in single), msg=name)
    assert not together["embedding.weight"][0].any()


def test_learned_embeddings_start_small_and_padding_at_zero():
    torch.manual_seed(0)
    embedding = build_embedding(TextDimensions(1000, 20, 2))
    assert not embedding.weight[0].any()
    assert abs(embedding.weight[1:].std().item() - 0.1) < 0.005
    assert embedding.weight.requires_grad


@pytest.mark.parametrize("tune", [True, False])
def test_word_vectors_come_from_the_file(tmp_path, tune):
    vectors = torch.randn(5, 3)
    save_file({"embedding": vectors}, tmp_path / "embedding.safetensors")
    dimensions = TextDimensions(5, 3, 2, tune_embedding=tune, embedding_file=str(tmp_path / "embedding.safetensors"))
    embedding = build_embedding(dimensions)
    assert torch.equal(embedding.weight[1:], vectors[1:])
    assert not embedding.weight[0].any()
    assert embedding.weight.requires_grad is tune


@pytest.mark.parametrize(
    "tensors", [{"embedding": torch.zeros(4, 3)}, {"embedding": torch.zeros(5, 1)}, {"x": torch.zeros(1)}]
)
def test_unfit_files_of_word_vectors_are_refused(tmp_path, tensors):
    path = tmp_path / "embedding.safetensors"
    save_file(tensors, path)
    with pytest.raises(DataError, match="word vectors"):
        build_embedding(TextDimensions(5, 3, 2, embedding_file=str(path)))


@pytest.mark.parametrize("content", [None, b"not safetensors"])
def test_unreadable_files_of_word_vectors_are_refused(tmp_path, content):
    path = tmp_path / "embedding.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match="cannot read word vectors"):
        build_embedding(TextDimensions(5, 3, 2, embedding_file=str(path)))
