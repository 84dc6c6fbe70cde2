"""Units of a step: within the limit, every text on every path once, shares that add up."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from nni_autoattend.datasets.batches import collate
from nni_autoattend.training.path_units import path_units, tokens_at_once

windows = st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=3), min_size=1, max_size=8)


def batch_of(lengths):
    start, texts = 1, []
    for text in lengths:
        texts.append([torch.arange(start, start + length) for length in text])
        start += sum(text)
    return collate(texts), torch.arange(len(texts))


@given(windows, st.integers(1, 5), st.integers(1, 60))
def test_every_text_meets_every_path_once_within_the_limit(lengths, paths, most):
    text, labels = batch_of(lengths)
    met = torch.zeros(paths, len(labels), dtype=torch.int64)
    shares = torch.zeros(paths)
    for unit in path_units(text, labels, paths, most):
        count = len(range(*unit.paths.indices(paths)))
        tokens = int(unit.items.mask.sum())
        assert tokens * count <= most or (count == 1 and (tokens <= most or unit.items.texts == 1))
        met[unit.paths, unit.labels] += 1
        shares[unit.paths] += unit.share
        for own, label in enumerate(unit.labels.tolist()):
            found = unit.items.tokens[unit.items.owner == own][unit.items.mask[unit.items.owner == own]]
            assert torch.equal(found, text.tokens[text.owner == label][text.mask[text.owner == label]])
    assert (met == 1).all()
    torch.testing.assert_close(shares, torch.ones(paths))


def test_a_small_step_is_one_unit_of_the_batch_itself():
    text, labels = batch_of([[3], [2, 2], [1]])
    (unit,) = path_units(text, labels, 4, most=1000)
    assert unit.items is text
    assert (unit.paths, unit.share) == (slice(0, 4), 1.0)


@given(st.integers(1, 9), st.integers(1, 4), st.integers(2, 60))
def test_units_come_in_rounds_of_all_workers_and_differ_by_one_path_at_most(paths, workers, most):
    text, labels = batch_of([[2]])
    sizes = [len(range(*unit.paths.indices(paths))) for unit in path_units(text, labels, paths, most, workers)]
    assert len(sizes) % workers == 0 or sizes == [1] * paths
    assert max(sizes) - min(sizes) <= 1


def test_devices_have_limits_of_their_own():
    assert 1 < tokens_at_once(torch.device("cpu")) < tokens_at_once(torch.device("cuda"))
    assert tokens_at_once(torch.device("meta")) == tokens_at_once(torch.device("cpu"))
