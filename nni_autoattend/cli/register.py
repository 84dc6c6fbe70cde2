"""``register``: let ``nnictl`` know our tuner by name."""

from typing import Annotated

import typer


def register(
    undo: Annotated[bool, typer.Option("--undo", help="Take it out of NNI's registry again.")] = False,
) -> None:
    """Register the tuner AutoAttend with NNI, so that an experiment.yml can name it. Doing it twice does no harm.

    A plain nnictl create opens its page, which asks for no password, to every machine that reaches this one. Use
    nni-autoattend nnictl create, or put the line that nni-autoattend nnictl env prints into the shell's profile.

    \b
    Examples:
      nni-autoattend register
      nni-autoattend register --undo
    """
    from nni_autoattend.nnictl import registration

    changed = registration.unregister() if undo else registration.register()
    state = "not registered" if undo else "registered"
    typer.echo(f"tuner {registration.TUNER} is {'now' if changed else 'already'} {state}")
    if not undo:
        typer.echo("start experiments with: nni-autoattend nnictl create --config FILE (page on 127.0.0.1 only;")
        typer.echo('a plain nnictl is as safe after: eval "$(nni-autoattend nnictl env)")')
