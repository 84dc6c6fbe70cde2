"""Architectures that were published, in their own list form; ``Genes.from_published`` reads them."""

SST5: list[list[int]] = [
    [5, 0, 2, -1, 0],
    [1, 0, 4, -1, 0],
    [2, 0, 4, 2, 1],
    [2, 1, 4, 2, 1],
    [1, 1, 5, -1, 0],
    [3, 5, 2, 4, 1],
    [4, 1, 3, 2, 1],
    [4, 1, 4, 3, 1],
    [2, 1, 2, -1, 0],
    [2, 1, 3, 2, 1],
    [2, 2, 4, 5, 1],
    [4, 6, 5, 1, 1],
    [4, 2, 1, -1, 0],
    [2, 0, 1, -1, 0],
    [2, 4, 5, 1, 1],
    [4, 15, 3, 2, 1],
    [4, 10, 2, -1, 0],
    [2, 14, 3, 4, 1],
    [4, 18, 2, 3, 1],
    [5, 9, 1, -1, 0],
    [2, 16, 2, -1, 0],
    [1, 12, 1, -1, 0],
    [5, 3, 4, 3, 1],
    [3, 0, 5, -1, 0],
]
"""The best SST-5 architecture of AutoAttend (ICML 2021): 24 layers, 13 attentions and 11 additions.

Each row is ``[o1, source, o2, o3, n]``; n=1 attention (Query, Key, Value operation), n=0 addition (o3 = -1).
Operations: 0 zero, 1 identity, 2 conv1, 3 conv3, 4 maxpool3, 5 gru. Its network has 9.52 M trainable parameters at
width 256 and 0.62 M at width 64, embedding excluded. Source: README of github.com/THUMNLab/AutoAttend (commit 61b8902),
which reports a mean test accuracy of about 53.71 %.
"""
