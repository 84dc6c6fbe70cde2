from nni_autoattend.attention.short_rows import attend_short


def test_is_attention_within_each_row(check):
    check.attention(attend_short)


def test_gradients_are_the_derivatives(check):
    check.derivatives(attend_short)


def test_what_it_is_given_stays_as_it_is(check):
    block, before = check.block(), check.block()
    attend_short(*block, None, 2, 0.0, None)
    assert all((one == other).all() for one, other in zip(block, before, strict=True))
