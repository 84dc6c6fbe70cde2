"""The edge operations on nodes of graphs. No torch here."""

from nni_autoattend.ops.entry import Entry

_ALWAYS = ("width", "dropout", "activation")
_SCORED = (*_ALWAYS, "heads")

GRAPH_OPERATIONS: dict[str, Entry] = {
    "identity": Entry("nni_autoattend.ops.identity:Identity", weights=False),
    "gcn": Entry("nni_autoattend.ops.graph_gcn:GCN", _ALWAYS),
    "sage": Entry("nni_autoattend.ops.graph_sage:SAGE", _ALWAYS),
    "gat1": Entry("nni_autoattend.ops.graph_gat:GAT", _ALWAYS, {"heads": 1}),
    "gat2": Entry("nni_autoattend.ops.graph_gat:GAT", _ALWAYS, {"heads": 2}),
    "gat4": Entry("nni_autoattend.ops.graph_gat:GAT", _ALWAYS, {"heads": 4}),
    "gat8": Entry("nni_autoattend.ops.graph_gat:GAT", _ALWAYS, {"heads": 8}),
    "gat16": Entry("nni_autoattend.ops.graph_gat:GAT", _ALWAYS, {"heads": 16}),
    "linear": Entry("nni_autoattend.ops.graph_linear:LinearMap", _ALWAYS),
    "arma": Entry("nni_autoattend.ops.graph_arma:ARMA", _ALWAYS),
    "cheb": Entry("nni_autoattend.ops.graph_chebyshev:Chebyshev", _ALWAYS),
    "sgc": Entry("nni_autoattend.ops.graph_sgc:SGC", _ALWAYS),
    "gin": Entry("nni_autoattend.ops.graph_gin:GIN", _ALWAYS),
    "appnp": Entry("nni_autoattend.ops.graph_appnp:APPNP", _ALWAYS),
    "const": Entry("nni_autoattend.ops.graph_constant:Constant", _ALWAYS),
    "gat": Entry("nni_autoattend.ops.graph_gat:GAT", _SCORED),
    "sym-gat": Entry("nni_autoattend.ops.graph_symmetric_gat:SymmetricGAT", _SCORED),
    "cos": Entry("nni_autoattend.ops.graph_cosine:Cosine", _SCORED),
    "lin-attention": Entry("nni_autoattend.ops.graph_linear_attention:LinearAttention", _SCORED),
    "gene": Entry("nni_autoattend.ops.graph_generalised:GeneralisedLinear", _SCORED),
}
"""Both published sets, each in its order: to ``appnp`` the first one (GIN and APPNP are ours), then what the second one
adds to ``gcn`` (``gat`` has as many heads as the network). ``zero`` is none: it drops its edge."""
