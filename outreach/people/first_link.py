"""The link to the first account: whoever sits at the machine gets it, one browser may use it, and not for long."""

import hmac
import secrets
import threading
import time
from collections.abc import Callable
from ipaddress import ip_address

from outreach.errors import AccessError
from outreach.sentences import Sentence, saying

SECONDS = 3600
"""How long the link is good for."""


class FirstLink:
    """A one-time link. Nothing of it is stored: it ends with the process that made it."""

    def __init__(self, *, anywhere: bool = False, now: Callable[[], float] = time.monotonic) -> None:
        """Make a link, for browsers on this machine; with `anywhere`, for all that reach the desk."""
        self._token = secrets.token_urlsafe(32)
        self._anywhere, self._now = anywhere, now
        self._until = now() + SECONDS
        self._browser = ""
        self._lock = threading.Lock()

    @property
    def path(self) -> str:
        """The link's path at the desk."""
        return f"/begin/{self._token}"

    def open(self, token: str, browser: str, host: str) -> str:
        """Let a browser in by the link, and return the secret by which it is known from then on.

        `browser` is the secret that it was given before, or empty, `host` the address that it comes from. Raises
        AccessError for another link, one that is over, another browser, and one that is not on this machine.
        """
        if not (self._anywhere or _is_this_machine(host)):
            raise _refused(saying("first-link.not-here", "This link is good on the computer alone that runs the desk."))
        with self._lock:
            if not hmac.compare_digest(token.encode(), self._token.encode()) or self._now() >= self._until:
                raise _refused(saying("first-link.over", "This link is no longer good."))
            if self._browser and not hmac.compare_digest(browser.encode(), self._browser.encode()):
                raise _refused(saying("first-link.taken", "This link was opened in another browser already."))
            self._browser = self._browser or secrets.token_urlsafe(32)
            return self._browser

    def end(self) -> None:
        """Let nobody in any more."""
        with self._lock:
            self._until = self._now()


def _refused(what: Sentence) -> AccessError:
    return AccessError(
        "first-link.refused", "{what} Nothing was changed.", what=what,
        remedy="End the desk and start it again{SERVE}: it says another link.",
    )  # fmt: skip


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
