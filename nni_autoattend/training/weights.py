"""The weights that training changes: what checkpoints and "best so far" need to keep."""

from collections.abc import Mapping

from torch import Tensor, nn

from nni_autoattend.errors import RunFolderError


def trained_state(network: nn.Module) -> dict[str, Tensor]:
    """Return the state of ``network`` (the tensors themselves, not copies) without its frozen parameters.

    Frozen word vectors can be half a gigabyte and are the same before and after.
    """
    frozen = _frozen(network)
    return {name: tensor.detach() for name, tensor in network.state_dict().items() if name not in frozen}


def copy_trained_state(network: nn.Module) -> dict[str, Tensor]:
    """Return copies of ``trained_state``, which further training does not change."""
    return {name: tensor.clone() for name, tensor in trained_state(network).items()}


def load_trained_state(network: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Put a trained state back; frozen parameters stay as they are.

    Raises:
        RunFolderError: the state is of another network.
    """
    own = network.state_dict()
    expected = {name: own[name].shape for name in own if name not in _frozen(network)}
    if {name: tensor.shape for name, tensor in state.items()} != expected:
        raise RunFolderError("the saved weights belong to another network; delete the checkpoint to start again")
    network.load_state_dict(dict(state), strict=False)


def _frozen(network: nn.Module) -> set[str]:
    parameters = network.named_parameters(remove_duplicate=False)
    return {name for name, parameter in parameters if not parameter.requires_grad}
