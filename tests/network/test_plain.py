"""The plain reference is what the architecture says, edge by edge; everything that runs is held against it."""

import torch

from nni_autoattend.datasets.batches import collate
from nni_autoattend.network.encoder import Encoder
from nni_autoattend.network.plain import classify, run_path


def test_run_path_is_what_the_architecture_says(check, small, shape):
    torch.manual_seed(0)
    encoder = Encoder(small, shape).double().eval()
    mask = check.mask_of([4, 2])
    s0 = torch.randn(2, 4, 8, dtype=torch.float64) * mask.unsqueeze(-1)
    op, agg = encoder.operations, encoder.aggregations
    s1 = op["01_00_feature_gru"](s0, mask) + op["01_00_feature_conv3"](s0, mask)
    s2 = agg["02"]([op["02_01_query_conv1"](s1, mask), op["02_00_key_maxpool3"](s0, mask), s0], mask)
    s3 = op["03_02_feature_conv1"](s2, mask)
    query = op["04_03_query_gru"](s3, mask)
    s4 = agg["04"]([query, op["04_02_key_conv3"](s2, mask), op["04_02_value_conv1"](s2, mask)], mask)
    torch.testing.assert_close(run_path(small, s0, mask, encoder), s4)
    assert not s4[~mask].any()


def test_classify_puts_embedding_and_stem_before_and_the_head_behind(network, small):
    text = collate([[torch.tensor([2, 3, 4]), torch.tensor([4, 5])], [torch.tensor([6])]])
    states = network.stem(network.embedding(text.tokens), text.mask)
    expected = network.head(run_path(small, states, text.mask, network.encoder), text.mask, text.owner)
    found = classify(small, network.embedding, network.stem, network.encoder, network.head, text)
    assert found.shape == (2, 3)
    assert torch.equal(found, expected)
