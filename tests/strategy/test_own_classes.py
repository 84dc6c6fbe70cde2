"""A strategy and a space of one's own, ``class: my_module:Mine`` in their YAML, in a module of the working folder."""

import pytest

from nni_autoattend.errors import RecipeError
from nni_autoattend.recipes import load_space, load_strategy
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.strategy.search import search_architectures
from nni_autoattend.strategy.table import make_strategy
from nni_autoattend.testing.strategies import check_strategy

MODULE = '''
from random import Random

from nni.nas.strategy.base import Strategy
from nni_autoattend.space.text import TextSpace
from nni_autoattend.strategy.sample_space import SampleSpace


class Mine(Strategy):
    """Mutates the last sample."""

    def __init__(self, rate, seed=0):
        super().__init__()
        self.rate, self.rng = rate, Random(seed)

    def _run(self):
        samples = SampleSpace(self.model_space)
        sample = samples.random(self.rng)
        while self.wait_for_resource():
            self.engine.submit_models(self.model_space.freeze(sample))
            sample = samples.mutate(sample, self.rate, self.rng)


class MySpace(TextSpace):
    """The text space without mutation of its own: every label is drawn anew at random."""

    mutate = None
'''

STRATEGY = """
description: my own
class: my_classes:Mine
kind: multi-trial
arguments: {rate: 0.5}
search: {epochs: 1, batch_size: 16, lr: 0.01, trials: 3}
"""

SPACE = """
description: my own
class: my_classes:MySpace
genes: {layers: 2, kinds: [addition], operations: [zero, identity, conv1]}
search: {width: 8, heads: 2, dropout: 0.0, attention_dropout: 0.0, aggregation_dropout: 0.0}
sharing: full
"""


@pytest.fixture(autouse=True)
def _own_files(tmp_path, monkeypatch):
    (tmp_path / "my_classes.py").write_text(MODULE)
    (tmp_path / "mine.yaml").write_text(STRATEGY)
    (tmp_path / "my_space.yaml").write_text(SPACE)
    monkeypatch.syspath_prepend(tmp_path)


def test_both_search_by_name(text_data):
    context = SearchContext(seed=4)
    found = search_architectures(load_space("my_space.yaml"), load_strategy("mine.yaml"), text_data, context)
    assert len(found) == 3 and {layer.kind for item in found for layer in item.architecture.layers} == {"addition"}
    again = search_architectures(
        load_space("my_space.yaml"), load_strategy("mine.yaml"), text_data, SearchContext(seed=4)
    )
    assert again == found


def test_the_seed_of_the_run_and_overrides_reach_it():
    strategy = make_strategy("mine.yaml", rate=0.25)
    assert strategy.rate == 0.25
    check_strategy(lambda seed: make_strategy("mine.yaml", seed=seed))


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("__main__:Mine", "'__main__:Mine' lies in the program that runs; put it into a module"),
        ("my_classes:Yours", "module 'my_classes' has no 'Yours'"),
        ("my_clases:Mine", "cannot import 'my_clases'"),
        ("my_classes:MySpace", "is not a subclass of nni's Strategy"),
    ],
)
def test_what_is_no_strategy_is_told_in_one_line(written, line, tmp_path):
    (tmp_path / "mine.yaml").write_text(STRATEGY.replace("my_classes:Mine", written))
    with pytest.raises(RecipeError, match=line) as error:
        make_strategy("mine.yaml")
    assert "\n" not in str(error.value)


def test_a_space_in_main_is_told_likewise(text_data, tmp_path):
    (tmp_path / "my_space.yaml").write_text(SPACE.replace("my_classes:MySpace", "__main__:MySpace"))
    with pytest.raises(RecipeError, match="put it into a module"):
        search_architectures(load_space("my_space.yaml"), load_strategy("mine.yaml"), text_data, SearchContext())
