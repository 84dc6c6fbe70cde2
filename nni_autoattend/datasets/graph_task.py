"""What is known of a graph with a name before any of it is read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GraphTask:
    """A graph with a name.

    Attributes:
        description: one line.
        loader: ``module:function``, called with settings whose root has the task's files, if it has any.
        files: what the loader reads, relative to the data root.
        dataset: torch-geometric's class that reads and downloads them; empty: another way.
        variant: the name that this class knows the graph by; empty: it knows one only.
        folder: the class's root, relative to the data root.
        nodes, edges, features: sizes, each way of an edge counted.
    """

    description: str
    loader: str
    files: tuple[str, ...] = ()
    dataset: str = ""
    variant: str = ""
    folder: str = ""
    nodes: int = 0
    edges: int = 0
    features: int = 0


def planetoid(name: str, description: str, nodes: int, edges: int, features: int) -> GraphTask:
    """Return a citation network of Planetoid (Yang et al. 2016)."""
    parts = ("x", "tx", "allx", "y", "ty", "ally", "graph", "test.index")
    files = tuple(f"planetoid/{name}/raw/ind.{name.lower()}.{part}" for part in parts)
    loader = "nni_autoattend.datasets.pyg_tasks:citations"
    return GraphTask(description, loader, files, "Planetoid", name, "planetoid", nodes, edges, features)


def pitfalls(dataset: str, name: str, file: str, description: str, nodes: int, edges: int, features: int) -> GraphTask:
    """Return a graph of Shchur et al. 2018, "Pitfalls of Graph Neural Network Evaluation"."""
    loader, files = "nni_autoattend.datasets.pyg_tasks:pitfalls", (f"pyg_npz/{name}/raw/{file}",)
    return GraphTask(description, loader, files, dataset, name, "pyg_npz", nodes, edges, features)
