import pytest

from nni_autoattend.errors import ExperimentError
from nni_autoattend.nnictl.parameters import BELOW_ALL, RETRAIN, SUPERNET, Order, by_rank

GENES = {"layer01_kind": "addition", "layer01_source": 0}


@pytest.mark.parametrize(
    "order",
    [
        Order({}, SUPERNET, "autoattend", "0123abcd"),
        Order(GENES, RETRAIN, "enas", "0123abcd"),
        Order(GENES, None, "random", "0123abcd"),
        Order(GENES),
    ],
)
def test_orders_travel_as_plain_values(order: Order) -> None:
    assert Order.from_parameters(order.to_parameters()) == order


def test_nnis_own_tuners_send_genes_alone() -> None:
    assert Order.from_parameters(GENES) == Order(GENES)
    assert Order(GENES).to_parameters() == GENES


def test_a_supernet_reads_first_on_the_page() -> None:
    assert list(Order(GENES, RETRAIN, "enas", "01").to_parameters())[:3] == ["phase", "strategy", "settings"]


@pytest.mark.parametrize("parameters", [None, {}, "", 3, {"phase": "supernett"}])
def test_what_is_no_order_is_told(parameters: object) -> None:
    with pytest.raises(ExperimentError, match=r"genes|unknown phase 'supernett'"):
        Order.from_parameters(parameters)


def test_what_was_found_travels_by_rank() -> None:
    found = [{"fitness": 1 / rank} for rank in range(1, 12)]
    assert list(by_rank(found)) == [str(rank) for rank in range(1, 12)]
    assert list(by_rank(found).values()) == found


def test_a_supernet_ranks_below_every_trained_network() -> None:
    assert BELOW_ALL < 0.0  # all metrics lie in [0, 1]
