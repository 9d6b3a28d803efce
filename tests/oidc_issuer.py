"""An issuer on loopback (OpenID Connect): discovery, keys, a page that lets one person in, codes that are good once.

What it can be told to do wrong is what the desk has to see.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "the-desk", "the-desk-s-secret"


@cache
def key(name: str) -> RSAKey:
    """A key of the issuer's, made once a process."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


@dataclass
class Issuer:
    """Who signs in there, and how the issuer goes wrong."""

    person: dict[str, Any] = field(
        default_factory=lambda: {"sub": "42", "email": "viewer@coalition.example", "email_verified": True}
    )
    claims: dict[str, Any] = field(default_factory=dict)
    """Set over those of a right token; None takes one away."""
    signed_by: str = "first"
    algorithm: str = "RS256"
    names_itself: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._codes: dict[str, dict[str, str]] = {}
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                at = urlsplit(self.path)
                form = {name: values[0] for name, values in parse_qs(at.query).items()}
                owner.asked.append((at.path, form))
                if at.path == "/authorize":
                    self.send_response(302)
                    self.send_header("Location", owner.let_in(form))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                else:
                    self._say(owner.told(at.path))

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(raw).items()}
                owner.asked.append((self.path, form))
                self._say(owner.exchanged(form))

            def _say(self, found: dict[str, Any]) -> None:
                body = json.dumps(found).encode()
                self.send_response(400 if "error" in found else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def told(self, path: str) -> dict[str, Any]:
        if path == "/keys":
            return {"keys": [key("first").as_dict(private=False)]}
        return {
            "issuer": self.names_itself or self.url, "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/keys",
        }  # fmt: skip

    def let_in(self, form: dict[str, str]) -> str:
        """Where the person's browser is sent back to."""
        assert form["response_type"] == "code"
        assert form["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self._codes[code] = form
        back = {"code": code, "state": form["state"], "iss": self.url}
        return f"{form['redirect_uri']}?{urlencode(back)}"

    def exchanged(self, form: dict[str, str]) -> dict[str, Any]:
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
