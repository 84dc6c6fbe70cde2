"""What is said of a part of the data with too few items in it. No numpy: lists of tasks are asked for at start-up."""


def too_few(part: str, found: str, least: int, labels: int, items: int) -> str:
    """Return one line about a part that is too small.

    Items that are alone with their label all stay for training, so that a column of amounts or names leaves nothing for
    the other parts: where there are that many labels, the line asks.

    Args:
        part: whose and which: ``mine: the valid part``.
        found: how many of what: ``0 nodes``.
        least: how many are needed.
        labels: different ones in all parts.
        items: in all parts.
    """
    few = f"{part} has {found}, at least {least} are needed"
    doubt = f"; there are {labels} different labels for {items} in all: does that column hold classes?"
    return few + doubt if 2 * labels > items else few
