"""What a graph needs of memory, told before it is tried."""

from pathlib import Path

from nni_autoattend.errors import DataError

_MEMINFO, _CGROUP = Path("/proc/meminfo"), Path("/sys/fs/cgroup")


def graph_memory(
    nodes: int,
    edges: int,
    features: int,
    *,
    entries: int | None = None,
    width: int = 64,
    heads: int = 8,
    layers: int = 2,
    whole: bool = True,
) -> int:
    """Estimate the bytes that one training step on a whole graph needs, the graph included; or scoring it alone.

    Linear in nodes and edges. A layer is three operations and an attention; at its peak a step holds, for each of these
    four, seven states (N, C) and seven times a number for every edge and head (measured with GAT as every operation:
    the estimate is 4 to 11 % above; graph convolutions, which keep nothing for an edge, need half of it).

    Args:
        nodes: N.
        edges: E, each way counted.
        features: F.
        entries: features that are not zero, where they are kept sparse; ``None``: they are dense.
        width: C; the defaults are those of a small network: the least that training takes.
        heads: attention heads.
        layers: functional layers.
        whole: training is on the whole graph; otherwise nothing but an operation's own results is held at a time.
    """
    matrix = 4 * nodes * features if entries is None else 16 * entries
    layout = 6 * 8 * edges  # edges by target and by source, with weights
    operation = 7 * 4 * (nodes * width + edges * heads)
    return matrix + layout + (4 * layers if whole else 1) * operation


def available_memory() -> int | None:
    """Return the bytes that this process may still take; ``None`` where the system does not tell."""
    told = [found for found in (_of_machine(), _of_group()) if found is not None]
    return min(told, default=None)


def check_memory(
    needed: int, what: str, *, advice: str = "take a smaller graph, or a machine with more memory"
) -> None:
    """Refuse what cannot fit into memory.

    Args:
        needed: bytes, estimated.
        what: that needs them; begins the message.
        advice: what to do about it; ends the message.

    Raises:
        DataError: fewer bytes are available.
    """
    available = available_memory()
    if available is not None and needed > available:
        raise DataError(f"{what} needs about {_told(needed)} of memory, {_told(available)} are free; {advice}")


def _told(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e8 else f"{count / 1e6:,.1f} MB"


def _of_machine() -> int | None:
    try:
        lines = _MEMINFO.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        return None


def _of_group() -> int | None:
    """What a container's limit (cgroup v2) leaves."""
    try:
        limit = int((_CGROUP / "memory.max").read_text(encoding="ascii"))  # "max": no limit
        return max(limit - int((_CGROUP / "memory.current").read_text(encoding="ascii")), 0)
    except (OSError, ValueError):
        return None
