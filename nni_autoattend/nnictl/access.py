"""The token that opens NNI's page to other machines: where it comes from, and how a request shows it."""

import hmac
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from nni_autoattend.errors import ExperimentError

LEAST_CHARACTERS = 16


@dataclass(frozen=True)
class Access:
    """What a request must show: the token, or the session that a browser got for it.

    Attributes:
        token: the secret that the person knows.
        session: the value of the browser's cookie: drawn anew by every proxy, never the token itself.
    """

    token: str = field(repr=False)
    session: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    def takes_token(self, shown: str | None) -> bool:
        """Tell, in a time that does not depend on where they differ, whether ``shown`` is the token."""
        return _equal(shown, self.token)

    def takes_session(self, shown: str | None) -> bool:
        """Tell whether ``shown`` is the value of our cookie."""
        return _equal(shown, self.session)

    def takes_header(self, authorization: str | None) -> bool:
        """Tell whether an ``Authorization`` header holds the token."""
        scheme, _, shown = (authorization or "").partition(" ")
        return scheme.lower() == "bearer" and self.takes_token(shown.strip())


def new_token() -> str:
    """Return a token of 256 random bits."""
    return secrets.token_urlsafe(32)


def read_token(path: Path) -> str:
    """Return the token that a file holds.

    Raises:
        ExperimentError: no such file, others may read it, or the token is too short to be safe.
    """
    try:
        mode = path.stat().st_mode
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ExperimentError(f"cannot read the token file {path}: {error}") from error
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ExperimentError(f"other users can read the token file {path}; run: chmod 600 {path}")
    if len(token) < LEAST_CHARACTERS or not token.isascii() or any(character.isspace() for character in token):
        raise ExperimentError(
            f"the token in {path} must be one word of at least {LEAST_CHARACTERS} ASCII characters;"
            ' make one with: python -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    return token


def _equal(shown: str | None, secret: str) -> bool:
    return shown is not None and hmac.compare_digest(shown.encode("utf-8", "surrogateescape"), secret.encode("utf-8"))
