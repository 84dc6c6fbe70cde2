"""``show``: a recipe by name, or an architecture as lines of text."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from nni_autoattend.architecture import AdditionLayer, Architecture, Edge
from nni_autoattend.cli.options import JsonOption
from nni_autoattend.cli.output import print_json
from nni_autoattend.errors import ArchitectureError, UnknownNameError
from nni_autoattend.genes import Genes
from nni_autoattend.recipes import RecipeKind, load_space, load_text, names

KINDS: tuple[RecipeKind, ...] = ("search_spaces", "strategies")


def show(
    what: Annotated[
        str, typer.Argument(help="A recipe's name, a run, best.json, or a published list (as a file or as it is).")
    ],
    space: Annotated[
        str, typer.Option(help="Space whose order of operations a published list counts.")
    ] = "autoattend-text",
    json_: JsonOption = False,
) -> None:
    """Show a recipe, or the architecture of a run, of a JSON file or of a list in the published form.

    \b
    Examples:
      nni-autoattend show autoattend-text
      nni-autoattend show runs/NAME
      nni-autoattend show "[[5,0,2,-1,0],[1,0,4,-1,0]]"
    """
    kind = recipe_kind(what)
    if kind is not None:
        show_recipe(kind, what, as_json=json_)
        return
    architecture = find_architecture(what, space)
    if json_:
        print_json({"architecture": architecture.to_json()})
    else:
        typer.echo("\n".join(described(architecture)))


def recipe_kind(name: str) -> RecipeKind | None:
    """Return which kind of recipe ``name`` is, ``None``: none."""
    return next((kind for kind in KINDS if name in names(kind)), None)


def show_recipe(kind: RecipeKind, name: str, *, as_json: bool) -> None:
    """Write a recipe as it stands, comments included, or its values as JSON."""
    text = load_text(kind, name)
    if not as_json:
        typer.echo(text, nl=False)
        return
    import yaml

    print_json(yaml.safe_load(text))


def find_architecture(what: str, space: str) -> Architecture:
    """Return the architecture of a run (folder or name), of a JSON file, or of a list.

    Raises:
        UnknownNameError: there is nothing of that name.
        ArchitectureError: what is there is no architecture.
    """
    if what.lstrip().startswith(("[", "{")):
        return read_architecture(what, "the list", space)
    path = Path(what)
    if path.is_file():
        try:
            return read_architecture(path.read_text(encoding="utf-8"), str(path), space)
        except (OSError, UnicodeDecodeError) as error:
            raise ArchitectureError(f"cannot read {path}: {error}") from error

    from nni_autoattend.experiment.door import open_run
    from nni_autoattend.experiment.run_folder import runs_root

    if not path.exists() and not (runs_root() / what).exists():
        raise UnknownNameError("recipe, run or file", what, [*names("search_spaces"), *names("strategies")])
    return open_run(what).best


def read_architecture(text: str, where: str, space: str) -> Architecture:
    """Return the architecture that JSON text holds: layers, ``{"architecture": ...}`` or a published list.

    Raises:
        ArchitectureError: it holds none.
    """
    try:
        value: Any = json.loads(text)
    except ValueError as error:
        raise ArchitectureError(f"{where} is not JSON: {error}") from error
    if isinstance(value, dict):
        value = value.get("architecture", value.get("published"))
    if isinstance(value, list) and value and isinstance(value[0], list):
        operations = load_space(space).genes.operations
        return Genes(len(value), ("addition", "attention"), operations).from_published(value)
    return Architecture.from_json(value)


def described(architecture: Architecture) -> list[str]:
    """Return a line per layer: ``L3  attention  query conv1(s2)  key maxpool3(s0)  value conv1(s0)``."""
    width = len(f"L{len(architecture.layers)}")
    lines = []
    for target, layer in enumerate(architecture.layers, start=1):
        edges = [operand(edge) for edge in architecture.edges_of(target)]
        joined = " + ".join(edges) if isinstance(layer, AdditionLayer) else "  ".join(edges)
        lines.append(f"{f'L{target}':<{width}}  {layer.kind:<9}  {joined}")
    return lines


def operand(edge: Edge) -> str:
    """Return ``conv1(s2)``, with its role in an attention."""
    role = "" if edge.role == "feature" else f"{edge.role} "
    return f"{role}{edge.operation}(s{edge.source})"
