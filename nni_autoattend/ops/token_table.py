"""The edge operations on tokens. No torch here."""

from nni_autoattend.ops.entry import Entry

TOKEN_OPERATIONS: dict[str, Entry] = {
    "identity": Entry("nni_autoattend.ops.identity:Identity", weights=False),
    "conv1": Entry("nni_autoattend.ops.convolution:Convolution", ("width", "dropout"), {"kernel": 1}),
    "conv3": Entry("nni_autoattend.ops.convolution:Convolution", ("width", "dropout"), {"kernel": 3}),
    "maxpool3": Entry("nni_autoattend.ops.max_pooling:MaxPooling", ("width",)),
    "gru": Entry("nni_autoattend.ops.recurrent:BidirectionalGRU", ("width", "dropout")),
}
"""All of them in the published order; ``zero`` is none: it drops its edge."""
