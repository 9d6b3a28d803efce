"""An OAuth 2.0 server on loopback, with a person who says yes or no: pages, codes, tokens that are renewed at each use.

It holds to RFC 6749, 7636 (S256 only), 8628 and 7009: a code is good once, for its redirect address and its verifier; a
refresh token is good once, and one that comes a second time ends the whole grant (RFC 9700, 4.14.2).
"""

import base64
import hashlib
import secrets
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.form_server import Form, FormServer, Page

CLIENT, SECRET = "the-team-s-application", "the-application-s-secret"


@dataclass
class OAuthServer(FormServer):
    """What the person does, what the server gives, and all that it was asked."""

    agrees: bool | None = True
    """Whether the person at the page says yes at once, or no; None shows a page with two buttons."""
    refresh_seconds: int | None = None
    access_seconds: int = 3600
    renews: bool = True
    """Whether each use of a refresh token brings a new one."""
    device_answers: list[str] = field(default_factory=list)
    """What is said to whoever asks for a device's tokens, in turn; then they are given."""
    refresh_tokens: dict[str, bool] = field(default_factory=dict)
    """Every one that was given: whether it is still good."""
    access_tokens: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._codes: dict[str, Form] = {}

    def answered(self, path: str, form: Form, *, posted: bool) -> Page:
        return Page.of_json(*self._answer(path, form)) if posted else self._page(form)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of a team that has registered its application here."""
        return {
            "smtp_client_id": CLIENT, "smtp_client_secret": SECRET, "smtp_token_url": f"{self.url}/token",
            "oauth_authorize_url": f"{self.url}/authorize", "oauth_device_url": f"{self.url}/device",
            "oauth_revoke_url": f"{self.url}/revoke",
        }  # fmt: skip

    def secrets(self) -> list[str]:
        """Whatever must be found nowhere."""
        return [SECRET, *self.refresh_tokens, *self.access_tokens, *self.codes]

    def end_all(self) -> None:
        """Take every grant back, as an owner does at the provider's own page."""
        self.refresh_tokens = dict.fromkeys(self.refresh_tokens, False)

    def _page(self, form: Form) -> Page:
        wrong = form.get("client_id") != CLIENT or form.get("code_challenge_method") != "S256"
        if wrong or urlsplit(form.get("redirect_uri", "")).hostname not in ("127.0.0.1", "localhost"):
            return Page(400, b"Who are you?")
        said = {"yes": True, "no": False}.get(form.get("answer", ""), self.agrees)
        if said is None:
            hidden = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in form.items())
            buttons = "".join(
                f'<button name="answer" value="{value}">{words}</button>'
                for value, words in (("yes", "Allow"), ("no", "Deny"))
            )
            page = (
                f'<!DOCTYPE html><title>Provider</title><link rel="icon" href="data:,"><form>{hidden}{buttons}</form>'
            )
            return Page(200, page.encode(), {"Content-Type": "text/html"})
        if said:
            code = secrets.token_urlsafe(16)
            self._codes[code] = form
            self.codes.append(code)
            back = {"code": code, "state": form["state"]}
        else:
            back = {"error": "access_denied", "state": form["state"]}
        return Page.elsewhere(f"{form['redirect_uri']}/?{urlencode(back)}")

    def _answer(self, path: str, form: Form) -> tuple[int, dict[str, Any]]:
        if form.get("client_id") != CLIENT or form.get("client_secret", SECRET) != SECRET:
            return 401, {"error": "invalid_client"}
        if path == "/device":
            return 200, {
                "device_code": "the-device-s-code", "user_code": "WDJB-MJHT", "verification_uri": f"{self.url}/type",
                "expires_in": 1800, "interval": 1,
            }  # fmt: skip
        if path == "/revoke":
            self.refresh_tokens[form["token"]] = False
            return 200, {}
        kind = form.get("grant_type", "")
        if kind == "authorization_code":
            return self._for_code(form)
        if kind == "refresh_token":
            return self._for_refresh(form)
        if kind == "urn:ietf:params:oauth:grant-type:device_code" and form["device_code"] == "the-device-s-code":
            if self.device_answers:
                return 400, {"error": self.device_answers.pop(0)}
            return self._given()
        return 400, {"error": "unsupported_grant_type"}

    def _for_code(self, form: Form) -> tuple[int, dict[str, Any]]:
        page = self._codes.pop(form["code"], None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if page is None or page["redirect_uri"] != form["redirect_uri"] or page["code_challenge"] != challenge:
            words = f"bad code or verifier: {form['code']}"  # a server that repeats what it was sent
            return 400, {"error": "invalid_grant", "error_description": words}
        return self._given()

    def _for_refresh(self, form: Form) -> tuple[int, dict[str, Any]]:
        if not self.refresh_tokens.get(form["refresh_token"]):
            self.end_all()
            words = f"{form['refresh_token']} is spent"
            return 400, {"error": "invalid_grant", "error_description": words}
        if not self.renews:
            return self._given(refresh=False)
        self.refresh_tokens[form["refresh_token"]] = False
        return self._given()

    def _given(self, *, refresh: bool = True) -> tuple[int, dict[str, Any]]:
        answer: dict[str, Any] = {
            "access_token": f"access-{secrets.token_urlsafe(12)}", "token_type": "Bearer",
            "expires_in": self.access_seconds,
        }  # fmt: skip
        self.access_tokens.append(answer["access_token"])
        if refresh:
            answer["refresh_token"] = f"refresh-{secrets.token_urlsafe(12)}"
            self.refresh_tokens[answer["refresh_token"]] = True
            if self.refresh_seconds:
                answer["refresh_token_expires_in"] = self.refresh_seconds
        return 200, answer


def follow(address: str) -> tuple[int, str]:
    """Open a page as a browser does, and go where it sends; return where it ended, and what it said there."""
    try:
        with urllib.request.urlopen(address, timeout=30) as page:
            return page.status, page.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def redirected(address: str) -> str:
    """Return where a page sends a browser, without going there."""

    class Stop(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    try:
        urllib.request.build_opener(Stop).open(address, timeout=30)
    except urllib.error.HTTPError as error:
        with error:
            return str(error.headers["Location"])
    raise AssertionError("it sends nowhere")
