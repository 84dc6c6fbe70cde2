"""``nnictl``: NNI's own command, its page closed to other machines, or opened with a token."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nni_autoattend.cli.output import tell
from nni_autoattend.errors import ExperimentError

if TYPE_CHECKING:
    from nni_autoattend.nnictl.launcher import Asked

PASSED_ON = {"ignore_unknown_options": True, "allow_extra_args": True}
"""What is not an option of ours is one of nnictl's."""


def nnictl(
    context: typer.Context,
    listen: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS:PORT", help="Open the page there, for those who have the token. Stays running."),
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File that holds the token. [default: make one, show it once]")
    ] = None,
) -> None:
    """Run nnictl so that its server listens on 127.0.0.1 only; what would hang an experiment is said before it starts.

    nnictl's verbs and options follow as they are (nnictl --help). Two verbs are ours: env prints what makes a plain
    nnictl as safe, proxy opens the page of an experiment that runs (--port: its port on this machine).

    \b
    Examples:
      nni-autoattend nnictl create --config experiment.yml --port 8081
      nni-autoattend nnictl create --config experiment.yml --listen 192.0.2.7:9000 --token-file token
      nni-autoattend nnictl proxy --port 8081 --listen 192.0.2.7:9000
      nni-autoattend nnictl stop --all
      eval "$(nni-autoattend nnictl env)"                # a plain nnictl create is closed to others from now on
    """
    from nni_autoattend.nnictl.launcher import STARTING, prepare, run_nnictl, understand

    arguments = context.args
    if not arguments:
        raise ExperimentError("which verb of nnictl? for example: nni-autoattend nnictl create --config experiment.yml")
    asked = understand(arguments)
    if asked.verb == "env":
        typer.echo(exports(asked.config))
        return
    if listen is None and (token_file is not None or asked.verb == "proxy"):
        raise ExperimentError("where is the page to be opened? say --listen ADDRESS:PORT")
    page = None if listen is None else Page.of(asked, listen, token_file)
    if asked.verb != "proxy" and (code := run_nnictl(arguments, prepare(asked))):
        raise typer.Exit(code)
    if page is not None:
        page.open()
    elif asked.verb in STARTING:  # nnictl names addresses at which nobody answers
        tell(f"the page is closed to other machines; on this one: http://127.0.0.1:{asked.port}")


def exports(config: Path | None) -> str:
    """Return the shell commands after which a plain ``nnictl`` listens on loopback alone.

    Args:
        config: an experiment file, whose other machines are let in; ``None``: nobody is.
    """
    import shlex

    from nni_autoattend.nnictl.config_value import read_config
    from nni_autoattend.nnictl.loopback import loopback_variables
    from nni_autoattend.nnictl.prechecks import workers_of

    variables = loopback_variables(workers=None if config is None else workers_of(read_config(config)))
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())


@dataclass(frozen=True)
class Page:
    """NNI's page, opened to others.

    Attributes:
        address, port: where.
        target: port of NNI's own server.
        token: what they need.
        shown: what is told of the token.
    """

    address: str
    port: int
    target: int
    token: str = field(repr=False)
    shown: str = field(repr=False)

    @classmethod
    def of(cls, asked: "Asked", listen: str, token_file: Path | None) -> "Page":
        """Check that the page can be opened.

        Raises:
            ExperimentError: the verb starts no page, the address cannot be taken, or the token cannot be used.
        """
        from nni_autoattend.nnictl.access import new_token, read_token
        from nni_autoattend.nnictl.launcher import STARTING
        from nni_autoattend.nnictl.remote import split_address
        from nni_autoattend.nnictl.serving import check_listen

        if asked.verb not in (*STARTING, "proxy") or asked.foreground:
            raise ExperimentError("--listen goes with create, resume, view (without --foreground) and proxy")
        address, port = split_address(listen)
        check_listen(address, port)
        if token_file is not None:
            return cls(address, port, asked.port, read_token(token_file), f"TOKEN   (it is in {token_file})")
        token = new_token()
        return cls(address, port, asked.port, token, token)

    def open(self) -> None:
        """Serve the page until NNI's server ends, or the person ends it, also where a shell started it with ``&``."""
        import asyncio
        import signal

        from nni_autoattend.nnictl.access import Access
        from nni_autoattend.nnictl.serving import serve

        host = f"[{self.address}]" if ":" in self.address else self.address
        tell(f"the page is open at http://{host}:{self.port}/?token={self.shown}")
        tell("what it sends is not encrypted: a network that you trust, or a tunnel. Ctrl-C closes it; trials go on.")
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        try:
            asyncio.run(serve(self.address, self.port, self.target, Access(self.token)))
        except KeyboardInterrupt:
            tell("the page is closed again; the experiment goes on")
        else:
            tell("the experiment's server has ended; the page is closed")
