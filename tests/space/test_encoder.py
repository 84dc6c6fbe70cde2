"""MutableEncoder: labels, freezing, NNI's fixed-module protocol."""

import pytest
import torch
from nni.mutable import frozen_context
from nni.nas.space import model_context

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.errors import AutoAttendError
from nni_autoattend.genes import Genes
from nni_autoattend.network.encoder import Encoder
from nni_autoattend.settings import NetworkShape
from nni_autoattend.space.encoder import MutableEncoder

GENES = Genes(3, ("addition", "attention"), ("zero", "identity", "conv1", "maxpool3"))
SHAPE = NetworkShape(8, 2, 0.0, 0.0, 0.0)


@pytest.fixture
def encoder() -> MutableEncoder:
    with frozen_context():
        return MutableEncoder(GENES, SHAPE, "full")


def test_seven_labels_a_layer_with_the_values_of_the_genes(encoder):
    mutables = encoder.simplify()
    assert {label: tuple(mutable.values) for label, mutable in mutables.items()} == GENES.labels()
    assert len(mutables) == 21
    assert "layer03_query_op" in mutables and "/" not in "".join(mutables)


def test_freeze_builds_the_sampled_architecture(encoder, rng):
    architecture = GENES.random(rng)
    frozen = encoder.freeze(GENES.to_sample(architecture))
    assert isinstance(frozen, Encoder)
    assert frozen.architecture == architecture


def test_a_model_context_builds_the_plain_encoder_at_once(rng):
    architecture = GENES.random(rng)
    with model_context(GENES.to_sample(architecture)):
        built = MutableEncoder(GENES, SHAPE, "full")
    assert isinstance(built, Encoder)
    assert built.architecture == architecture


def test_a_sample_that_is_not_of_the_space_is_refused(encoder, rng):
    sample = GENES.to_sample(GENES.random(rng))
    assert encoder.contains(sample)
    assert not encoder.contains({**sample, "layer01_source": 1})
    with pytest.raises(Exception, match=r"layer01_source|not found"):
        encoder.freeze({**sample, "layer01_source": 1})


def test_a_space_is_not_a_network(encoder):
    with pytest.raises(AutoAttendError, match="freeze"):
        encoder(torch.zeros(1, 2, 8), TokenLayout.of([2]))
