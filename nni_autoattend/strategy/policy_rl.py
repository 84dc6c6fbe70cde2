"""NNI's PolicyBasedRL, seeded, with a policy that learns within a few dozen trials.

NNI's policy (PPO on an LSTM, by tianshou) draws from the global generators, which every trial reseeds or moves: its
proposals would repeat themselves, and a search could not be replayed. Here the policy has generators of its own. NNI's
learning rate (1e-4, an update every 20 trials) is for thousands of trials.
"""

from functools import partial
from typing import Any

from torch import distributions, optim

# isort: off
from nni_autoattend.supernet.nni_bases import PolicyBasedRL  # first: it quiets gym, which the others import
from nni.nas.strategy._rl_impl import Actor, Critic, Preprocessor, TuningEnvironment
from tianshou.data import Batch
from tianshou.policy import PPOPolicy
# isort: on

from nni_autoattend.errors import RecipeError
from nni_autoattend.strategy.private_random import PrivateRandom


class PolicyRL(PolicyBasedRL):  # type: ignore[misc]  # NNI has no types
    """A controller proposes one label after the other and learns from the metrics (Zoph and Le 2017, here with PPO).

    Args:
        samples_per_update: trials between two updates of the policy.
        learning_rate: of Adam.
        hidden_width: units of the policy's LSTM and layers.
        updates: how often each update goes over what is in the buffer.
        batch_size: decisions (labels of a trial) in a step of the policy.
        entropy: weight of the entropy bonus, which keeps the policy from repeating itself.
        seed: of the policy's weights and of every draw.
    """

    def __init__(
        self,
        *,
        samples_per_update: int,
        learning_rate: float,
        hidden_width: int,
        updates: int,
        batch_size: int,
        entropy: float,
        seed: int = 0,
    ) -> None:
        counts = {
            "samples_per_update": samples_per_update,
            "hidden_width": hidden_width,
            "updates": updates,
            "batch_size": batch_size,
        }
        for name, value in counts.items():
            if value < 1:
                raise RecipeError(f"policy-rl: {name} must be at least 1, found {value}")
        if learning_rate <= 0 or entropy < 0:
            raise RecipeError(f"policy-rl: learning_rate > 0 and entropy >= 0, found {learning_rate} and {entropy}")
        super().__init__(
            samples_per_update=samples_per_update,
            policy_fn=partial(_make_policy, lr=learning_rate, hidden_width=hidden_width, entropy=entropy, seed=seed),
            update_kwargs={"batch_size": batch_size, "repeat": updates, "update_times": 1},
        )


class SeededPolicy(PPOPolicy):  # type: ignore[misc]  # tianshou has no types
    """PPO whose every draw (actions, shuffled batches) comes from generators of its own."""

    def __init__(self, random: PrivateRandom, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._random = random

    def forward(self, batch: Batch, state: Any = None, **options: Any) -> Batch:
        """Choose actions."""
        with self._random.drawing():
            return super().forward(batch, state, **options)

    def update(self, sample_size: int, buffer: Any, **options: Any) -> dict[str, Any]:
        """Learn from the buffer."""
        with self._random.drawing():
            learned: dict[str, Any] = super().update(sample_size, buffer, **options)
            return learned


def _make_policy(
    environment: TuningEnvironment, lr: float, hidden_width: int, entropy: float, seed: int
) -> SeededPolicy:
    random = PrivateRandom(seed)
    with random.drawing():
        shared = Preprocessor(environment.observation_space, hidden_width)
        actor, critic = Actor(environment.action_space, shared), Critic(shared)
    weights = list(dict.fromkeys([*actor.parameters(), *critic.parameters()]))  # the shared ones once
    return SeededPolicy(
        random,
        actor,
        critic,
        optim.Adam(weights, lr=lr),
        distributions.Categorical,
        ent_coef=entropy,
        discount_factor=1.0,
        gae_lambda=1.0,  # the reward comes at the very end: less than 1 would hide it from the first layers
        action_space=environment.action_space,
    )
