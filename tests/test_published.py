from collections import Counter

from nni_autoattend.architecture import AdditionLayer, AttentionLayer
from nni_autoattend.genes import Genes
from nni_autoattend.published import SST5

GENES = Genes(24, ("addition", "attention"), ("zero", "identity", "conv1", "conv3", "maxpool3", "gru"))


def test_sst5_reads_and_round_trips():
    architecture = GENES.from_published(SST5)
    assert GENES.to_published(architecture) == SST5
    assert architecture.layers[0] == AdditionLayer(0, "gru", "conv1")
    assert architecture.layers[2] == AttentionLayer(0, "conv1", "maxpool3", "conv1")
    assert architecture.layers[23] == AdditionLayer(0, "conv3", "gru")


def test_sst5_has_the_published_counts():
    architecture = GENES.from_published(SST5)
    assert Counter(layer.kind for layer in architecture.layers) == {"attention": 13, "addition": 11}
    operations = Counter(edge.operation for edge in architecture.edges())
    assert operations == {"conv1": 20, "maxpool3": 15, "identity": 9, "conv3": 9, "gru": 8}
