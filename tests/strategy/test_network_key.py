"""NetworkKey: what the space calls one network is one key, whatever else the sample says."""

from nni.nas.space import SimplifiedModelSpace

from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.recipes import load_space
from nni_autoattend.space.text import TextSpace
from nni_autoattend.strategy.network_key import NetworkKey
from nni_autoattend.testing.toy_space import ToySpace


def test_inactive_genes_make_no_other_network(rng):
    tiny = {"genes.layers": 2, "search.width": 8, "search.heads": 2}
    space = TextSpace.from_recipe(load_space("autoattend-text", tiny), TextDimensions(20, 6, 3))
    sample = {**space.genes.to_sample(space.genes.random(rng)), "layer01_kind": "addition"}
    for form in (space, SimplifiedModelSpace.from_model(space), SimplifiedModelSpace.from_model(space).freeze(sample)):
        key = NetworkKey(form)
        assert key(sample) == key({**sample, "layer01_key_op": "gru", "layer01_value_op": "gru"})
        assert key(sample) != key({**sample, "layer01_kind": "attention"})
        assert key(sample) != key({**sample, "lr": 0.1})  # a label of somebody else's tells apart


def test_without_canonical_all_labels_are_the_key():
    key, sample = NetworkKey(ToySpace()), {"first": "tanh", "second": "bare", "third": "none"}
    assert key(sample) == key(dict(reversed(sample.items())))
    assert key(sample) != key({**sample, "third": "relu"})
