"""An organisation's own sign-in (OpenID Connect Core 1.0): its page is opened with PKCE, and what it says is checked.

Who somebody is comes out of a signed ID token alone: of this issuer, for this application, of this sign-in (nonce).
Requests follow no redirection; no token is kept.
"""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode, urlsplit

from authlib.common.security import generate_token
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from outreach import clock
from outreach.errors import ServerFault, UserError
from outreach.mail_password import Home, forget_entry, keep_entry, kept_entry
from outreach.settings import Settings, is_safe_address

_SECONDS = 15
_MOST_BYTES = 500_000
_LEEWAY = 60
"""Seconds that clocks may differ by."""
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures with a public key alone: never `none`, nor one made with the application's own secret."""
_MANY_FACTORS = "mfa"  # RFC 8176


@dataclass(frozen=True, slots=True)
class Claims:
    """What the issuer says of a person."""

    issuer: str
    subject: str
    email: str
    """Empty where the issuer does not say that it is verified."""
    name: str
    many_factors: bool
    """Whether the issuer says that it has asked for more than a password (`amr`, RFC 8176)."""


@dataclass(frozen=True, slots=True)
class IssuerSignIn:
    """One sign-in that is under way at the issuer's page."""

    address: str
    """The page to open."""
    state: str
    nonce: str
    verifier: str
    redirect: str


def title_of(settings: Settings) -> str:
    """Return what the organisation's sign-in is called; empty where none is set."""
    return (settings.oidc_name or urlsplit(settings.oidc_issuer).hostname or "") if settings.oidc_issuer else ""


def begin_at_issuer(settings: Settings, redirect: str) -> IssuerSignIn:
    """Begin a sign-in. Raises ServerFault where the issuer can't be asked or says what can't be used."""
    known = _discovered(settings)
    state, nonce, verifier = generate_token(43), generate_token(43), generate_token(64)
    address = prepare_grant_uri(
        known["authorization_endpoint"], settings.oidc_client_id, "code", redirect, "openid email profile", state,
        nonce=nonce, code_challenge=create_s256_code_challenge(verifier), code_challenge_method="S256",
    )  # fmt: skip
    return IssuerSignIn(address, state, nonce, verifier, redirect)


def finish_at_issuer(settings: Settings, begun: IssuerSignIn, code: str) -> Claims:
    """Return who somebody is, for the code that came back. Raises UserError and ServerFault."""
    known = _discovered(settings)
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": begun.redirect,
        "code_verifier": begun.verifier, "client_id": settings.oidc_client_id,
    }  # fmt: skip
    secret = kept_issuer_secret(settings)
    answer = _asked(settings, known["token_endpoint"], form | ({"client_secret": secret} if secret else {}))
    token, access = answer.get("id_token"), answer.get("access_token")
    if not isinstance(token, str):
        raise _refused(str(answer.get("error") or "no ID token"))
    keys = _asked(settings, known["jwks_uri"])
    try:
        decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS)  # type: ignore[arg-type]
        claims = CodeIDToken(
            decoded.claims, decoded.header,
            {"iss": {"essential": True, "value": settings.oidc_issuer},
             "aud": {"essential": True, "value": settings.oidc_client_id}},
            {"nonce": begun.nonce, "client_id": settings.oidc_client_id, "access_token": access},
        )  # fmt: skip
        claims.validate(now=int(clock.now().timestamp()), leeway=_LEEWAY)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _refused(type(error).__name__) from None
    return _claims(settings, claims)


def kept_issuer_secret(settings: Settings) -> str:
    """Return the application's secret at the issuer; empty where none is kept: PKCE alone is used then."""
    return kept_entry(settings, _entry(settings))[0]


def keep_issuer_secret(settings: Settings, secret: str) -> Home:
    """Keep the application's secret, where the mail password is kept; an empty one is forgotten. Return where.

    Raises UserError where no issuer is set, or for a secret that is none; SettingsError.
    """
    if not settings.oidc_issuer:
        raise UserError(
            "issuer.not-set", "No issuer is set, so that the secret belongs to nobody.",
            remedy="Fill in the issuer and the application's number first.",
        )  # fmt: skip
    if not secret.isprintable() or len(secret) > 1_000:
        raise UserError("issuer.secret", "That is no application's secret. Nothing was kept.")
    if not secret:
        forget_entry(settings, _entry(settings))
        return Home.FILE
    return keep_entry(settings, _entry(settings), secret)


def _entry(settings: Settings) -> str:
    return f"oidc {settings.oidc_client_id} at {settings.oidc_issuer}"


def _claims(settings: Settings, claims: CodeIDToken) -> Claims:
    subject, email, methods = claims.get("sub"), claims.get("email"), claims.get("amr")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise _refused("no subject")
    verified = claims.get("email_verified") is True and isinstance(email, str)
    return Claims(
        settings.oidc_issuer, subject, str(email) if verified else "", str(claims.get("name") or "")[:100],
        isinstance(methods, list) and _MANY_FACTORS in methods,
    )  # fmt: skip


def _discovered(settings: Settings) -> dict[str, str]:
    """Return the issuer's endpoints (OpenID Connect Discovery 1.0, 4.3: it has to name itself)."""
    found = _asked(settings, get_well_known_url(settings.oidc_issuer, external=True))
    known = {name: found.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    if found.get("issuer") != settings.oidc_issuer:
        raise _down(settings, "it calls itself otherwise")
    if not all(isinstance(url, str) and is_safe_address(url) for url in known.values()):
        raise _down(settings, "it names no safe addresses")
    return {name: str(url) for name, url in known.items()}


def _asked(settings: Settings, url: str, form: dict[str, str] | None = None) -> dict[str, Any]:
    """Ask the issuer; its own errors (RFC 6749, 5.2) are answers too. Raises ServerFault."""
    request = urllib.request.Request(  # noqa: S310  (https and loopback only)
        url, urlencode(form).encode() if form is not None else None,
        {"Accept": "application/json", "User-Agent": "outreach"},
    )  # fmt: skip
    try:
        try:
            with _OPENER.open(request, timeout=_SECONDS) as response:
                raw = response.read(_MOST_BYTES)
        except urllib.error.HTTPError as error:
            with error:
                raw = error.read(_MOST_BYTES) if error.code in (400, 401) else b""
        found = json.loads(raw)
    except (OSError, HTTPException, ValueError, RecursionError) as error:
        raise _down(settings, type(error).__name__) from None
    if not isinstance(found, dict):
        raise _down(settings, "no answer that can be understood")
    return found


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Secrets go to the address that is set, and to no other."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def _down(settings: Settings, why: str) -> ServerFault:
    return ServerFault(
        "issuer.not-answering", "{title} can't be asked who you are: {why}.", title=title_of(settings), why=why,
        remedy="Sign in with your password or a passkey, and tell an admin.",
    )  # fmt: skip


def _refused(why: str) -> UserError:
    return UserError(
        "issuer.refused", "The organisation's sign-in gave no proof of who you are ({why}). Nothing was changed.",
        why=why[:100], remedy="Begin again at the sign-in.",
    )  # fmt: skip
