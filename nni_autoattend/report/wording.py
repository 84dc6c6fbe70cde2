"""An architecture in words: what a screen reader, a tooltip and the list beside the drawing say."""

from collections import Counter

from nni_autoattend.architecture import Architecture, Edge, Role

ROLES: dict[Role, str] = {"query": "Query", "key": "Key", "value": "Value", "feature": "Addend"}
LETTERS: dict[Role, str] = {"query": "Q", "key": "K", "value": "V", "feature": "+"}


def formula(architecture: Architecture, target: int) -> str:
    """Return what layer ``target`` computes: ``attention: Query conv1(s2), Key gru(s0), Value conv1(s0)``."""
    kind = architecture.layers[target - 1].kind
    edges = architecture.edges_of(target)
    if kind == "addition":
        terms = " + ".join(f"{edge.operation}(s{edge.source})" for edge in edges)
        shared = len(edges) == 2 and edges[0] == edges[1]
        return f"addition: {terms}" + (" (one module, used twice)" if shared else "")
    return f"{kind}: " + ", ".join(f"{ROLES[edge.role]} {edge.operation}(s{edge.source})" for edge in edges)


def edge_title(edge: Edge) -> str:
    """Return one edge in words."""
    origin = "the stem" if edge.source == 0 else f"{edge.source_kind} layer {edge.source}"
    return f"Layer {edge.target}, {ROLES[edge.role]}: {edge.operation} on state {edge.source}, the output of {origin}"


def summary(architecture: Architecture) -> str:
    """Return the shape of the architecture in one sentence."""
    kinds = Counter(layer.kind for layer in architecture.layers)
    layers = len(architecture.layers)
    return (
        f"{layers} functional layer{'s' if layers > 1 else ''} in a chain: {kinds['attention']} multi-head attention, "
        f"{kinds['addition']} addition."
    )


def usage(architecture: Architecture, operations: tuple[str, ...]) -> dict[str, Counter[str]]:
    """Return operation -> how many edges of each role use it; operations that the space offers come first."""
    found: dict[str, Counter[str]] = {name: Counter() for name in operations}
    for edge in architecture.edges():
        found.setdefault(edge.operation, Counter())[edge.role] += 1
    return found
