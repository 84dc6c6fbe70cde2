"""TokenLayout: every index tensor is what it says, rebuilt by brute force."""

from itertools import pairwise

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nni_autoattend.datasets import layout as module
from nni_autoattend.datasets.batches import collate
from nni_autoattend.datasets.layout import TokenLayout


def over_lengths(test):
    test = given(lengths=st.lists(st.integers(1, 14), min_size=1, max_size=12))(test)
    for fixed in ([1], [1, 1, 1], [5, 5, 5], [2, 14, 1, 1, 2]):
        test = example(lengths=fixed)(test)
    return settings(max_examples=25, deadline=None)(test)


def packed(lengths: list[int]) -> list[tuple[int, int]]:
    """Return (row of the batch, token) at each packed place: time-major, rows by falling length, ties as they came."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    return [(row, token) for token in range(max(lengths)) for row in order if token < lengths[row]]


def in_blocks(layout: TokenLayout) -> list[tuple[int, int, bool]]:
    """Return (row by falling length, token, whether it is one) at each place of the concatenated blocks."""
    found, first = [], 0
    for block in layout.blocks:
        real = torch.ones(block.length, block.rows, dtype=torch.bool) if block.real is None else block.real
        for token in range(block.length):
            found += [(first + row, token, bool(real[token, row])) for row in range(block.rows)]
        first += block.rows
    return found


@over_lengths
def test_tokens_lie_time_major_with_rows_by_falling_length(lengths):
    layout, expected = TokenLayout.of(lengths), packed(lengths)
    assert layout.places.tolist() == [row * max(lengths) + token for row, token in expected]
    assert layout.order.tolist() == [row for row, token in expected if token == 0]
    assert layout.counts == tuple(sum(length > token for length in lengths) for token in range(max(lengths)))
    assert (layout.rows, layout.tokens) == (len(lengths), sum(lengths))


@over_lengths
def test_before_is_the_same_rows_token_before(lengths):
    layout, expected = TokenLayout.of(lengths), packed(lengths)
    assert [expected[place] for place in layout.before] == [(row, token - 1) for row, token in expected if token]


@over_lengths
def test_mirrored_is_as_far_from_the_end_and_its_own_inverse(lengths):
    layout, expected = TokenLayout.of(lengths), packed(lengths)
    turned = [(row, lengths[row] - 1 - token) for row, token in expected]
    assert [expected[place] for place in layout.mirrored] == turned
    assert layout.mirrored[layout.mirrored].tolist() == list(range(layout.tokens))


@over_lengths
def test_blocks_hold_every_row_once_and_say_where_its_tokens_are(lengths):
    layout, expected = TokenLayout.of(lengths), packed(lengths)
    falling = sorted(lengths, reverse=True)
    places = in_blocks(layout)
    assert sum(block.rows for block in layout.blocks) == len(lengths)
    assert [real for _, _, real in places] == [token < falling[row] for row, token, _ in places]
    order = layout.order.tolist()
    named = [expected[token] for token in layout.to_blocks]
    assert named == [(order[row], token if real else 0) for row, token, real in places]
    assert layout.to_blocks[layout.from_blocks].tolist() == list(range(layout.tokens))
    assert all(places[place][2] for place in layout.from_blocks)


@over_lengths
def test_blocks_are_as_long_as_their_longest_row_and_have_a_mask_only_where_one_is_padded(lengths):
    falling = sorted(lengths, reverse=True)
    for block in TokenLayout.of(lengths).blocks:
        own, falling = falling[: block.rows], falling[block.rows :]
        assert block.length == own[0]
        assert (block.real is None) == (own[0] == own[-1])


def block_cost(cut: list[list[int]]) -> int:
    return sum(module._CALL + len(rows) * rows[0] ** 2 for rows in cut)


@given(lengths=st.lists(st.integers(1, 60), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None)
def test_no_other_cut_into_blocks_costs_less(lengths):
    falling = sorted(lengths, reverse=True)
    cheapest = min(
        block_cost(cut_at(falling, [place + 1 for place in range(len(falling) - 1) if chosen >> place & 1]))
        for chosen in range(2 ** (len(falling) - 1))
    )
    ends = torch.tensor([block.rows for block in TokenLayout.of(lengths).blocks]).cumsum(0).tolist()
    assert block_cost(cut_at(falling, ends[:-1])) == cheapest


def cut_at(falling: list[int], places: list[int]) -> list[list[int]]:
    bounds = [0, *places, len(falling)]
    return [falling[start:stop] for start, stop in pairwise(bounds)]


def test_one_long_row_among_many_short_ones_is_a_block_of_its_own_where_that_pays():
    cuts = [[(block.length, block.rows) for block in TokenLayout.of([2] * short + [50]).blocks] for short in (1, 100)]
    assert cuts == [[(50, 2)], [(50, 1), (2, 100)]]


@over_lengths
def test_take_before_and_put_before_are_each_others_adjoint(lengths):
    layout = TokenLayout.of(lengths)
    states = torch.randn(2, layout.tokens, 3, dtype=torch.float64)
    values = torch.randn(2, layout.tokens - layout.rows, 3, dtype=torch.float64)
    assert torch.equal(layout.take_before(states), states[:, layout.before])
    written = torch.zeros_like(states)
    layout.put_before(written, values)
    assert torch.equal(layout.take_before(written), values)
    torch.testing.assert_close((layout.take_before(states) * values).sum(), (states * written).sum())


@over_lengths
def test_it_tells_rectangles_and_single_tokens(lengths):
    layout = TokenLayout.of(lengths)
    assert layout.is_rectangle == (len(set(lengths)) == 1)
    assert layout.is_single == (set(lengths) == {1})
    if layout.is_rectangle:  # the one block then is the packed order itself
        assert layout.to_blocks.tolist() == layout.from_blocks.tolist() == list(range(layout.tokens))


def test_moving_moves_every_tensor_and_keeps_the_rest():
    layout = TokenLayout.of([50, 2, 2, 50, 49] + [3, 2] * 40)
    moved = layout.to("meta")
    tensors = [moved.order, moved.places, moved.before, moved.mirrored, moved.to_blocks, moved.from_blocks]
    reals = [block.real for block in moved.blocks]
    assert {part.device.type for part in (*tensors, *(real for real in reals if real is not None))} == {"meta"}
    assert any(real is not None for real in reals)
    assert moved.counts == layout.counts
    assert [(block.length, block.rows) for block in moved.blocks] == [
        (block.length, block.rows) for block in layout.blocks
    ]
    stayed = layout.to("cpu")
    assert torch.equal(stayed.mirrored, layout.mirrored) and stayed.counts == layout.counts


@pytest.mark.parametrize("lengths", [[], [3, 0, 2], [0], [-1, 4]])
def test_batches_without_a_row_and_rows_without_a_token_are_refused(lengths):
    with pytest.raises(ValueError, match="at least one row, and every row at least one token"):
        TokenLayout.of(lengths)


def test_a_batch_knows_its_layout_and_counts_it_once():
    batch = collate([[torch.tensor([4, 5]), torch.tensor([5])], [torch.tensor([1, 2, 3])]])
    assert batch.tokens.flatten()[batch.layout.places].tolist() == [1, 4, 5, 2, 5, 3]
    assert batch.layout is batch.layout
    assert batch.texts == 2
    moved = batch.to("meta")
    assert (moved.texts, moved.layout.counts, moved.layout.places.device.type) == (2, (3, 2, 1), "meta")
