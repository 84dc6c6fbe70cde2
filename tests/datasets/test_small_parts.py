from nni_autoattend.datasets.small_parts import too_few


def test_what_is_missing():
    assert (
        too_few("mine: the valid part", "1 nodes", 2, 3, 30)
        == "mine: the valid part has 1 nodes, at least 2 are needed"
    )


def test_a_column_of_amounts_is_doubted():
    told = too_few("mine: the test split", "0 texts", 1, 38, 40)
    assert told.endswith(
        "at least 1 are needed; there are 38 different labels for 40 in all: does that column hold classes?"
    )
