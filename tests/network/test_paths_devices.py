"""A forward and backward pass never waits for the device, and a GPU computes what the CPU does."""

from contextlib import nullcontext
from random import Random

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from nni_autoattend.attention import packed
from nni_autoattend.datasets.batches import collate
from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.genes import Genes
from nni_autoattend.network.paths import run_paths
from nni_autoattend.ops.noise import Noise
from nni_autoattend.settings import NetworkShape
from nni_autoattend.supernet.shared_weights import SharedWeights

GENES = Genes(5, ("addition", "attention"), ("zero", "identity", "conv1", "conv3", "maxpool3", "gru"))
LENGTHS = [9, 3, 1, 14, 2, 9]
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")


class ReadsNothingBack(TorchDispatchMode):
    """Fails where a value of a tensor decides what Python or the shape of a result is: there a GPU would be waited for.

    Attributes:
        seen: calls so far.
    """

    READING = ("_local_scalar_dense", "item", "nonzero", "masked_select", "_unique2", "unique_dim", "equal")

    def __init__(self):
        super().__init__()
        self.seen = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.seen += 1
        name = func.overloadpacket.__name__
        by_mask = name.startswith("index") and any(
            index is not None and index.dtype == torch.bool
            for given in args
            if isinstance(given, (list, tuple))
            for index in given
            if index is None or isinstance(index, torch.Tensor)
        )
        if by_mask or name in self.READING:
            raise AssertionError(f"{func} reads a value back")
        return func(*args, **(kwargs or {}))


@pytest.fixture(params=[0, 1000], ids=lambda short: f"short={short}")
def kernel(request, monkeypatch):
    monkeypatch.setattr(packed, "_SHORT", request.param)


def supernet(check, rate=0.0):
    torch.manual_seed(0)
    return check.randomise(SharedWeights(GENES, NetworkShape(16, 4, rate, rate, rate), "full"))


def architectures(paths=6):
    rng = Random(0)
    return [GENES.random(rng) for _ in range(paths)]


def states_for(paths=6):
    return torch.randn(paths, sum(LENGTHS), 16, generator=torch.Generator().manual_seed(0))


def run_together(states0, layout, slots, noise):
    return run_paths(architectures(), states0, layout, slots, noise)


def run(weights, device, noise=None, half=False, way=run_together):
    """Run forwards and backwards on ``device``; return output and gradients on the CPU."""
    layout, states = TokenLayout.of(LENGTHS).to(device), states_for().to(device).requires_grad_()
    weights.zero_grad()
    with torch.autocast(device, torch.bfloat16) if half else nullcontext():
        outputs = way(states, layout, weights, noise)
    weighting = torch.randn(outputs.shape, generator=torch.Generator().manual_seed(1)).to(device)
    (outputs.float() * weighting).sum().backward()
    found = [outputs, states.grad, *(weight.grad for weight in weights.parameters() if weight.grad is not None)]
    return [tensor.detach().float().cpu() for tensor in found] if device != "meta" else found


@pytest.mark.parametrize("rate", [0.0, 0.1])
def test_nothing_is_read_back(check, kernel, rate):
    weights, layout = supernet(check, rate), TokenLayout.of(LENGTHS)
    states = states_for().requires_grad_()
    with ReadsNothingBack() as watch:
        outputs = run_paths(architectures(), states, layout, weights, Noise(torch.float32) if rate else None)
        forwards = watch.seen
        outputs.sum().backward()
    assert forwards > 100 and watch.seen > 1.5 * forwards
    assert states.grad.isfinite().all()


@pytest.mark.parametrize(
    "reading",
    [
        lambda states: states.sum().item(),
        lambda states: bool(states.any()),
        lambda states: states[states > 0],
        lambda states: states.nonzero(),
    ],
)
def test_the_watch_does_see_what_reads_back(reading):
    states = torch.randn(3, 4)
    with pytest.raises(AssertionError, match="reads a value back"), ReadsNothingBack():
        reading(states)


@pytest.mark.parametrize("rate", [0.0, 0.1])
def test_off_the_cpu_everything_stays_on_one_device(check, kernel, rate):
    """Meta tensors have no values to read, and do not meet those of a CPU: a stand-in where there is no GPU."""
    found = run(supernet(check, rate).to("meta"), "meta", Noise(torch.float32) if rate else None)
    assert {tensor.device.type for tensor in found} == {"meta"}
    assert len(found) > 20


@pytest.mark.parametrize("training", [False, True])
def test_off_the_cpu_a_whole_network_stays_on_one_device(network, training):
    torch.manual_seed(0)
    texts = [[torch.randint(1, 7, (length,)) for length in windows] for windows in ([3], [4, 4, 2], [1])]
    text = collate(texts).to("meta")
    network = network.train(training).to("meta")
    logits = network(text)
    logits.sum().backward()
    assert (logits.shape, logits.device.type) == ((3, 3), "meta")
    assert {weight.grad.device.type for weight in network.parameters()} == {"meta"}


def distance(found, expected):
    """Relative distance of the outputs, and of all gradients together."""
    ours, theirs = (torch.cat([tensor.flatten() for tensor in each[1:]]) for each in (found, expected))
    return float((found[0] - expected[0]).norm() / expected[0].norm()), float((ours - theirs).norm() / theirs.norm())


def assert_half_precision_is_near(check, device):
    """As near as torch's own layers come: gradients through ReLUs and maxima lose more than outputs."""
    weights = supernet(check)

    def plain(states0, layout, slots, noise):
        return check.run_plain_paths(architectures(), states0, LENGTHS, slots)

    plainly = distance(*(run(weights, "cpu", half=half, way=plain) for half in (True, False)))
    weights.to(device)
    of_output, of_gradients = distance(*(run(weights, device, half=half) for half in (True, False)))
    assert of_output < 0.05
    assert of_gradients < 2 * plainly[1]


def test_under_autocast_results_are_as_near_as_those_of_torchs_layers(check, kernel):
    assert_half_precision_is_near(check, "cpu")


@needs_gpu
def test_a_gpu_computes_what_the_cpu_does(check, kernel):
    weights = supernet(check)
    expected = run(weights, "cpu")
    check.agree(run(weights.cuda(), "cuda"), expected, 1e-4, floor=1.0)


@needs_gpu
def test_on_a_gpu_autocast_is_as_near_as_on_a_cpu(check, kernel):
    assert_half_precision_is_near(check, "cuda")


@needs_gpu
@pytest.mark.parametrize("half", [False, True])
def test_a_gpu_is_never_waited_for(check, kernel, half):
    weights, layout = supernet(check, 0.1).cuda(), TokenLayout.of(LENGTHS).to("cuda")
    states = states_for().cuda().requires_grad_()
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        with torch.autocast("cuda", torch.bfloat16, enabled=half):
            outputs = run_paths(architectures(), states, layout, weights, Noise(torch.float32))
        outputs.sum().backward()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert states.grad.isfinite().all()


@needs_gpu
def test_on_a_gpu_dropout_drops_at_its_rate(check):
    states = torch.ones(6, sum(LENGTHS), 16, device="cuda")
    weights, layout = supernet(check, 0.25).cuda(), TokenLayout.of(LENGTHS).to("cuda")
    dropped = weights.aggregation(1, "addition").together(states, Noise(torch.float32)) == 0
    assert dropped.double().mean().item() == pytest.approx(0.25, abs=0.04)
    outputs = [run_paths(architectures(), states, layout, weights, Noise(torch.float32)) for _ in range(2)]
    assert not torch.equal(*outputs)
