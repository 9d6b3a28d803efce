"""An issuer on loopback (OpenID Connect): discovery, keys, a page that lets one person in, codes that are good once.

What it can be told to do wrong is what the desk has to see.
"""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from tests.form_server import Form, FormServer, Page

CLIENT, SECRET = "the-desk", "the-desk-s-secret"


@cache
def key(name: str) -> RSAKey:
    """A key of the issuer's, made once a process."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


@dataclass
class Issuer(FormServer):
    """Who signs in there, and how the issuer goes wrong."""

    person: dict[str, Any] = field(
        default_factory=lambda: {"sub": "42", "email": "viewer@coalition.example", "email_verified": True}
    )
    claims: dict[str, Any] = field(default_factory=dict)
    """Set over those of a right token; None takes one away."""
    signed_by: str = "first"
    algorithm: str = "RS256"
    names_itself: str = ""

    def __post_init__(self) -> None:
        self._codes: dict[str, Form] = {}

    def answered(self, path: str, form: Form, *, posted: bool) -> Page:
        if path == "/authorize":
            return Page.elsewhere(self.let_in(form))
        found = self.exchanged(form) if posted else self.told(path)
        return Page.of_json(400 if "error" in found else 200, found)

    def told(self, path: str) -> dict[str, Any]:
        if path == "/keys":
            return {"keys": [key("first").as_dict(private=False)]}
        return {
            "issuer": self.names_itself or self.url, "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/keys",
        }  # fmt: skip

    def let_in(self, form: Form) -> str:
        """Where the person's browser is sent back to."""
        assert form["response_type"] == "code"
        assert form["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self._codes[code] = form
        back = {"code": code, "state": form["state"], "iss": self.url}
        return f"{form['redirect_uri']}?{urlencode(back)}"

    def exchanged(self, form: Form) -> dict[str, Any]:
        begun = self._codes.pop(form.get("code", ""), None)
        if begun is None or form["redirect_uri"] != begun["redirect_uri"]:
            return {"error": "invalid_grant"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != begun["code_challenge"]:
            return {"error": "invalid_grant"}
        if form.get("client_secret") != SECRET:
            return {"error": "invalid_client"}
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": begun["nonce"]}
        claims |= self.person | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        signing: Any = OctKey.import_key(SECRET * 2) if self.algorithm == "HS256" else key(self.signed_by)
        token = jwt.encode({"alg": self.algorithm, "kid": "first"}, claims, signing)
        return {"access_token": "of-no-use", "token_type": "Bearer", "id_token": token}
