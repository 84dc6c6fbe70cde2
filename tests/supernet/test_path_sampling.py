"""PathSamplingEncoder: the path of a supernet is the stand-alone network, under every strategy of the family."""

from random import Random

import pytest
import torch
from nni.nas.strategy import RandomOneShot

from nni_autoattend.datasets.batches import collate
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.recipes import load_space
from nni_autoattend.space.text import TextSpace
from nni_autoattend.supernet.context import slot_of
from nni_autoattend.supernet.path_sampling import PathSamplingEncoder

TINY = {"genes.layers": 3, "search.width": 8, "search.heads": 2}


def make_supernet(mode: str = "full", seed: int = 0) -> TextSpace:
    torch.manual_seed(seed)
    space = TextSpace.from_recipe(
        load_space("autoattend-text", {**TINY, "sharing": mode}), TextDimensions(20, 6, 3), seed
    )
    return RandomOneShot().mutate_model(space)


@pytest.fixture
def text():
    return collate([[torch.tensor([2, 3, 4, 5, 6])], [torch.tensor([7, 8])], [torch.tensor([9])]])


@pytest.mark.parametrize("mode", ["full", "target", "source", "none", "affine"])
def test_a_path_equals_the_stand_alone_network_in_outputs_and_gradients(mode, text):
    supernet = make_supernet(mode).eval()
    with torch.no_grad():
        for norm in (module for module in supernet.modules() if isinstance(module, torch.nn.LayerNorm)):
            norm.weight.uniform_(0.5, 1.5)  # untrained norms are all alike: a mistaken one would not show
            norm.bias.uniform_(-0.5, 0.5)
    rng = Random(1)
    for _ in range(10):
        sample = supernet.genes.to_sample(supernet.genes.random(rng))
        supernet.encoder.resample(sample)
        network = supernet.freeze(sample).eval()
        torch.testing.assert_close(network(text), supernet(text), atol=1e-6, rtol=0)
        supernet.zero_grad()
        supernet(text).square().sum().backward()
        network(text).square().sum().backward()
        torch.testing.assert_close(network.stem.state_dict(), supernet.stem.state_dict())
        for own, shared in zip(network.stem.parameters(), supernet.stem.parameters(), strict=True):
            torch.testing.assert_close(own.grad, shared.grad, atol=1e-6, rtol=1e-5)


def test_freezing_copies_weights_and_does_not_share_them(text):
    supernet = make_supernet().eval()
    sample = supernet.genes.to_sample(supernet.genes.random(Random(0)))
    network = supernet.freeze(sample)
    before = [weight.clone() for weight in supernet.parameters()]
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(1.0)
    assert all(torch.equal(old, new) for old, new in zip(before, supernet.parameters(), strict=True))


def test_resample_follows_the_memo_and_draws_the_rest():
    encoder = make_supernet().encoder
    assert isinstance(encoder, PathSamplingEncoder)
    memo = {"layer02_kind": "attention", "layer02_query_op": "gru"}
    samples = [encoder.resample(dict(memo)) for _ in range(20)]
    assert all(sample["layer02_query_op"] == "gru" and len(sample) == 21 for sample in samples)
    assert encoder.architecture.layers[1].query_op == "gru"
    assert len({str(sample) for sample in samples}) > 10
    assert not set(encoder.export(samples[0]))  # nothing new to export


def test_same_seed_same_paths_and_weights():
    one, two, other = make_supernet(seed=3), make_supernet(seed=3), make_supernet(seed=4)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    draws = [[str(net.encoder.resample({})) for _ in range(5)] for net in (one, two, other)]
    assert draws[0] == draws[1] != draws[2]


def test_only_touched_weights_get_gradients(text):
    supernet = make_supernet()
    supernet.encoder.resample({})
    supernet(text).sum().backward()
    touched = {name for name, module in supernet.encoder.weights.operations.items() if _has_gradient(module)}
    used = {edge.operation for edge in supernet.encoder.architecture.edges() if edge.operation != "identity"}
    assert touched and {name.rsplit("_", 1)[1] for name in touched} == used


def test_in_mode_affine_a_path_touches_its_contexts_norms_and_its_places_matrices(text):
    supernet = make_supernet("affine")
    weights = supernet.encoder.weights
    supernet.encoder.resample({})
    supernet(text).sum().backward()
    edges = [edge for edge in supernet.encoder.architecture.edges() if edge.operation != "identity"]
    used = {slot_of(edge, "full").key(edge.operation) for edge in edges}
    with_norms = {name for name, module in weights.operations.items() if _has_gradient(module.norm)}
    assert with_norms == used and 0 < len(used) < len(weights.operations)
    parts = [weights.operations[name].children() for name in used]
    expected = {id(weight) for children in parts for part in children for weight in part.parameters()}
    touched = {id(weight) for weight in weights.operations.parameters() if weight.grad is not None}
    assert touched == expected


def test_a_supernet_of_mode_affine_learns(text):
    supernet, labels = make_supernet("affine"), torch.tensor([0, 1, 2])
    optimizer = torch.optim.Adam([weight for weight in supernet.parameters() if weight.requires_grad], lr=1e-2)
    losses = []
    for _ in range(100):
        supernet.encoder.resample({})
        loss = torch.nn.functional.cross_entropy(supernet(text), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert sum(losses[-20:]) < 0.8 * sum(losses[:20])
    norms = {name: module.norm.weight for name, module in supernet.encoder.weights.operations.items()}
    assert not torch.equal(norms["03_02_query_addition_gru"], norms["03_02_query_attention_gru"])


def test_without_a_path_nothing_runs(text):
    with pytest.raises(RuntimeError, match="resample"):
        make_supernet()(text)


def _has_gradient(module):
    return any(weight.grad is not None for weight in module.parameters())
