from pathlib import Path
from typing import Any

import pytest
import yaml

from nni_autoattend import recipes
from nni_autoattend.architecture import Architecture
from nni_autoattend.errors import RecipeError, UnknownNameError
from nni_autoattend.genes import Genes
from nni_autoattend.recipes import load_space, load_strategy, load_text
from nni_autoattend.settings import NetworkShape, SearchSettings

SPACE: dict[str, Any] = {
    "description": "toy",
    "class": "nni_autoattend.space.text:TextSpace",
    "genes": {"layers": 2, "kinds": ["addition", "attention"], "operations": ["zero", "identity", "conv1"]},
    "search": {"width": 8, "heads": 2, "dropout": 0.1, "attention_dropout": 0.1, "aggregation_dropout": 0.1},
    "sharing": "full",
}
STRATEGY: dict[str, Any] = {
    "description": "toy",
    "class": "nni_autoattend.strategy.autoattend:AutoAttend",
    "kind": "one-shot",
    "arguments": {"paths": 2},
    "search": {"epochs": 1, "batch_size": 4, "lr": 0.1},
}


def written(tmp_path: Path, recipe: object) -> str:
    path = tmp_path / "mine.yaml"
    path.write_text(recipe if isinstance(recipe, str) else yaml.safe_dump(recipe), encoding="utf-8")
    return str(path)


def changed(recipe: dict[str, Any], block: str | None, change: dict[Any, Any]) -> dict[str, Any]:
    return recipe | change if block is None else recipe | {block: recipe[block] | change}


def test_every_shipped_recipe_is_read() -> None:
    assert {"autoattend-text", "autoattend-text-small", "autoattend-text-addition"} <= set(
        recipes.names("search_spaces")
    )
    assert "autoattend" in recipes.names("strategies")
    for name in recipes.names("search_spaces"):
        space = load_space(name)
        assert space.name == name and space.description and ":" in space.class_name
    for name in recipes.names("strategies"):
        strategy = load_strategy(name)
        assert strategy.name == name and strategy.description and ":" in strategy.class_name


def test_the_text_space_is_the_published_one() -> None:
    space = load_space("autoattend-text")
    assert space.genes == Genes(
        24, ("addition", "attention"), ("zero", "identity", "conv1", "conv3", "maxpool3", "gru")
    )
    assert space.search == NetworkShape(64, 8, 0.1, 0.1, 0.1)
    assert space.sharing == "full"
    small, addition = load_space("autoattend-text-small"), load_space("autoattend-text-addition")
    assert (small.genes.layers, small.genes.operations) == (8, space.genes.operations)
    assert (addition.genes.layers, addition.genes.kinds) == (24, ("addition",))


def test_the_strategy_is_the_published_one() -> None:
    strategy = load_strategy("autoattend")
    published = {"paths": 16, "population": 500, "rounds": 5, "parents": 100, "mutation": 0.05}
    assert strategy.arguments.items() >= published.items()
    assert strategy.search == SearchSettings(epochs=10, batch_size=128, lr=3.125e-5, clip=5.0)
    assert strategy.kind == "one-shot"


def test_a_recipe_of_ones_own_is_read_by_its_path(tmp_path: Path) -> None:
    space = load_space(written(tmp_path, SPACE))
    assert space.name == "mine"
    assert space.class_name == "nni_autoattend.space.text:TextSpace"
    assert isinstance(space.genes.from_published([[1, 0, 2, -1, 0]] * 2), Architecture)
    assert load_strategy(written(tmp_path, STRATEGY)).arguments == {"paths": 2}


@pytest.mark.parametrize("mode", ["full", "target", "source", "none", "affine"])
def test_every_sharing_mode_can_be_asked_for(mode: str) -> None:
    assert load_space("autoattend-text", {"sharing": mode}).sharing == mode


def test_overrides_change_single_values(tmp_path: Path) -> None:
    space = load_space(written(tmp_path, SPACE), {"genes.layers": 5, "sharing": "none", "search.width": 16})
    assert (space.genes.layers, space.sharing, space.search.width) == (5, "none", 16)
    strategy = load_strategy("autoattend", {"arguments.rounds": 1, "search.trials": 3, "class": "own.mod:Class"})
    assert strategy.arguments["rounds"] == 1
    assert strategy.search.trials == 3
    assert strategy.class_name == "own.mod:Class"


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("gense.layers", r"--set gense\.layers: no 'gense' there \(did you mean 'genes'\?\); known: .*genes"),
        ("genes.layer", r"genes: unknown key 'layer' \(did you mean 'layers'\?\)"),
        ("sharing.mode", r"--set sharing\.mode: sharing has no keys"),
        ("sharing.mode.deep", r"--set sharing\.mode\.deep: no 'mode' there"),
        ("genes", "genes: expected keys and values, found 3"),
        ("name", "unknown key 'name'"),
        ("class_name", "unknown key 'class_name'.*says 'class:'"),
    ],
)
def test_bad_overrides(key: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        load_space("autoattend-text", {key: 3})


def test_arguments_are_those_that_the_recipe_lists(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"no 'path' there \(did you mean 'paths'\?\); known: .*mutation, parents"):
        load_strategy("autoattend", {"arguments.path": 3})
    with pytest.raises(RecipeError, match="no 'paths' there; known: none"):
        load_strategy("random-one-shot", {"arguments.paths": 3})
    with pytest.raises(RecipeError, match="no 'new' there; known: paths"):
        load_strategy(written(tmp_path, STRATEGY), {"arguments.new": 3})
    assert load_strategy("autoattend", {"arguments": {"new": 3}}).arguments == {"new": 3}  # the class will judge


def test_unknown_names_answer_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown space 'autoattend-txt' \(did you mean 'autoattend-text'\?\)"):
        load_space("autoattend-txt")
    with pytest.raises(UnknownNameError, match=r"unknown strategy 'autoatend' .*known: .*autoattend"):
        load_strategy("autoatend")
    with pytest.raises(UnknownNameError):
        load_text("strategies", "../search_spaces/autoattend-text")


BAD_SPACES = [
    (None, {"gene": {}}, r"space recipe '.*mine\.yaml': unknown key 'gene' \(did you mean 'genes'\?\)"),
    (None, {"class_name": "a:b"}, "unknown key 'class_name'"),
    (None, {"name": "x"}, "unknown key 'name'"),
    (None, {"sharing": "ful"}, r"sharing: 'ful' is unknown \(did you mean 'full'\?\); known: full, target, source"),
    (None, {"genes": None}, "genes: expected keys and values"),
    (None, {"description": 3}, "description: expected str"),
    ("genes", {"layers": 0}, "layers must lie between 1 and 99"),
    ("genes", {"layers": 100}, "layers must lie between 1 and 99"),
    ("genes", {"layers": "many"}, "layers: expected int, found 'many'"),
    ("genes", {"layers": True}, "layers: expected int"),
    ("genes", {"kinds": []}, "kinds must be one or two of addition, attention"),
    ("genes", {"kinds": ["addition", "addition"]}, "kinds must be one or two of addition, attention"),
    ("genes", {"kinds": ["adition"]}, r"'adition' is unknown \(did you mean 'addition'\?\)"),
    ("genes", {"kinds": "addition"}, "kinds: expected a list"),
    ("genes", {"operations": []}, "at least one operation besides zero"),
    ("genes", {"operations": ["zero"]}, "at least one operation besides zero"),
    ("genes", {"operations": ["conv1", "conv1"]}, "operations names one twice"),
    ("genes", {"operations": [1]}, "operations: expected str, found 1"),
    ("genes", {"depth": 3}, "genes: unknown key 'depth'"),
    ("search", {"heads": 3}, r"heads \(3\) must divide width \(8\)"),
    ("search", {"dropout": 1.0}, "dropout must lie in"),
    ("search", {"width": 0}, "width must be at least 1"),
    ("search", {"width": 8.5}, "width: expected int"),
]


@pytest.mark.parametrize(("block", "change", "message"), BAD_SPACES)
def test_bad_spaces(tmp_path: Path, block: str | None, change: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message) as caught:
        load_space(written(tmp_path, changed(SPACE, block, change)))
    assert "\n" not in str(caught.value)


BAD_STRATEGIES = [
    (None, {"kind": "one_shot"}, r"kind: 'one_shot' is unknown \(did you mean 'one-shot'\?\)"),
    (None, {"kind": "multi-trial"}, "a multi-trial strategy needs 'search: trials'"),
    (None, {"arguments": [1]}, "arguments: expected keys and values"),
    (None, {"argument": {}}, r"unknown key 'argument' \(did you mean 'arguments'\?\)"),
    (None, {"run": {"retrian": {}}}, "run: unknown key 'retrian'; known: budget, data, retrain"),
    ("search", {"epochs": 0}, "epochs must be at least 1"),
    ("search", {"lr": "fast"}, "lr: expected float, found 'fast'"),
    ("search", {"lr": -1}, "lr must be positive"),
    ("search", {"lr": float("inf")}, "lr: expected a finite number"),
    ("search", {"share": 1}, "share must lie between 0 and 1"),
    ("search", {"trials": 0}, "trials must be at least 1"),
    ("search", {"epoch": 3}, r"search: unknown key 'epoch' \(did you mean 'epochs'\?\)"),
]


@pytest.mark.parametrize(("block", "change", "message"), BAD_STRATEGIES)
def test_bad_strategies(tmp_path: Path, block: str | None, change: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message) as caught:
        load_strategy(written(tmp_path, changed(STRATEGY, block, change)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", sorted(SPACE))
def test_a_missing_block_is_named(tmp_path: Path, key: str) -> None:
    with pytest.raises(RecipeError, match=f"'{key}' is missing"):
        load_space(written(tmp_path, {name: value for name, value in SPACE.items() if name != key}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected keys and values, found None"),
        ("- a\n- b\n", "expected keys and values, found"),
        ("a: [1, 2", "is not YAML"),
        ("a: !!python/object/apply:os.getcwd []\n", "is not YAML"),
        ("\t- x", "is not YAML"),
    ],
)
def test_files_that_are_no_recipes(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message) as caught:
        load_space(written(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"cannot read the space recipe .*absent\.yaml"):
        load_space(str(tmp_path / "absent.yaml"))
    (tmp_path / "latin.yaml").write_bytes("description: größe".encode("latin-1"))
    with pytest.raises(RecipeError, match="cannot read the strategy recipe"):
        load_strategy(str(tmp_path / "latin.yaml"))


def test_the_yaml_is_the_definition() -> None:
    """No searched quantity has a second default in Python: every field of a space recipe must be written."""
    for block in ("genes", "search"):
        for key in SPACE[block]:
            partial = {name: value for name, value in SPACE[block].items() if name != key}
            with pytest.raises(RecipeError, match=f"'{key}' is missing"):
                recipes.read(recipes.SpaceRecipe, SPACE_FIELDS | {block: partial}, "here")


SPACE_FIELDS = {key: value for key, value in SPACE.items() if key != "class"} | {"name": "x", "class_name": "a:b"}
