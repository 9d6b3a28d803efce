"""The access token that the team's own command prints (XOAUTH2), for mail that goes out and for mail that comes in."""

import shutil
import subprocess

from outreach.platform import split_command

_COMMAND_SECONDS = 60


class NoTokenError(Exception):
    """The command gave no token; says why, without anything secret that it may have printed."""


def program_missing(command: str) -> str:
    """Tell, in words, why a command can't be run here; empty where its program is there. It is not run."""
    try:
        words = split_command(command)
    except ValueError as error:
        return str(error)
    if not words:
        return "it names no program"
    return "" if shutil.which(words[0]) else f"there is no program {words[0]}"


def printed_token(command: str) -> str:
    """Run a command and return the token that it prints, waiting for at most a minute. Raises NoTokenError."""
    try:
        ran = subprocess.run(  # noqa: S603  (the command is the team's own setting)
            split_command(command), capture_output=True, timeout=_COMMAND_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise NoTokenError(f"the token command took more than {_COMMAND_SECONDS} seconds") from None
    except (OSError, ValueError, IndexError) as error:
        raise NoTokenError(f"the token command can't be run: {error}") from None
    token = ran.stdout.decode("ascii", "replace").strip()
    if ran.returncode != 0 or not token or not token.isprintable() or " " in token:
        words = ran.stderr.decode("utf-8", "replace").strip().splitlines()
        raise NoTokenError(f"the token command printed none{': ' + words[-1][:200] if words else ''}")
    return token
