"""BinaryGates: outputs pass as they are; the alphas' gradient is that of section 3.2, by hand."""

import pytest
import torch

from nni_autoattend.supernet.mixture_gates import BinaryGates

CANDIDATES = torch.tensor([[1.0, 2.0], [-1.0, 0.5], [3.0, 0.0]], dtype=torch.float64)
ARRIVES = torch.tensor([0.5, -2.0], dtype=torch.float64)


def choose(chosen, learns=lambda: True):
    alpha = torch.tensor([0.3, -0.2, 0.1], dtype=torch.float64, requires_grad=True)
    output = CANDIDATES[chosen].clone().requires_grad_()

    def others(gradients):
        for number in range(3):
            if number != chosen:
                yield "choice", number, (CANDIDATES[number] * gradients[0]).sum()

    gates = BinaryGates({"choice": alpha.softmax(0)}, {"choice": chosen}, learns)
    (passed,) = gates([output], [["choice"]], others)
    return alpha, output, passed


@pytest.mark.parametrize("chosen", [0, 1, 2])
def test_the_gradient_is_the_papers(chosen):
    alpha, output, passed = choose(chosen)
    assert torch.equal(passed, output)
    (passed * ARRIVES).sum().backward()
    assert torch.equal(output.grad, ARRIVES)
    chances, by_gate = alpha.detach().softmax(0), CANDIDATES @ ARRIVES
    expected = [
        sum(by_gate[j] * chances[j] * (int(i == j) - chances[i]) for j in range(3)) for i in range(3)
    ]  # sum_j dL/dg_j p_j (delta_ij - p_i)
    torch.testing.assert_close(alpha.grad, torch.stack(expected))


def test_several_choices_may_gate_one_output_and_one_choice_several_outputs():
    weights = {name: torch.tensor([0.0, 0.0], dtype=torch.float64, requires_grad=True) for name in ("both", "first")}
    gates = BinaryGates({name: own.softmax(0) for name, own in weights.items()}, {"both": 0, "first": 1})
    outputs = [torch.ones(2, dtype=torch.float64, requires_grad=True), torch.full((2,), 2.0, dtype=torch.float64)]
    first, second = gates(outputs, [["first", "both"], ["both"]], lambda gradients: [])
    (first.sum() + 3 * second.sum()).backward()
    torch.testing.assert_close(weights["both"].grad, torch.tensor([14.0, -14.0], dtype=torch.float64) / 4)  # 2 + 12
    torch.testing.assert_close(weights["first"].grad, torch.tensor([-2.0, 2.0], dtype=torch.float64) / 4)


def test_nothing_else_is_asked_for_when_nobody_learns():
    asked = []
    alpha, output, passed = choose(1, learns=lambda: bool(asked.append(1)))
    (passed * ARRIVES).sum().backward()
    assert asked == [1] and not alpha.grad.any() and torch.equal(output.grad, ARRIVES)
