"""An authenticator in software: discoverable keys of ES256, for a person it knows (W3C Web Authentication, level 2).

What it can be told to do wrong is what the desk has to see.
"""

import hashlib
import json
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class SoftKey:
    number: bytes
    private: ec.EllipticCurvePrivateKey
    rp_id: str
    user: bytes
    count: int = 0


@dataclass
class SoftAuthenticator:
    """It holds keys, and signs."""

    origin: str = "http://desk.example"
    verifies: bool = True
    """Whether it asks for its person (PIN, finger)."""
    keys: list[SoftKey] = field(default_factory=list)

    def create(self, options: dict[str, Any]) -> str:
        """Make a key for `navigator.credentials.create`'s options; return the credential as JSON."""
        assert any(one["alg"] == -7 for one in options["pubKeyCredParams"])
        known = {one["id"] for one in options.get("excludeCredentials", [])}
        assert not known & {b64(one.number) for one in self.keys}, "InvalidStateError"
        key = SoftKey(
            secrets.token_bytes(32), ec.generate_private_key(ec.SECP256R1()), options["rp"]["id"],
            unb64(options["user"]["id"]),
        )  # fmt: skip
        self.keys.append(key)
        point = key.private.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        attested = bytes(16) + struct.pack(">H", len(key.number)) + key.number + cose
        data = self._data(key, _ATTESTED) + attested
        return self._said(key, {
            "clientDataJSON": b64(self._client("webauthn.create", options)),
            "attestationObject": b64(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
        })  # fmt: skip

    def get(self, options: dict[str, Any], key: SoftKey | None = None) -> str:
        """Sign for `navigator.credentials.get`'s options; return the credential as JSON."""
        allowed = [one["id"] for one in options.get("allowCredentials") or []]
        key = key or next(one for one in self.keys if not allowed or b64(one.number) in allowed)
        key.count += 1
        data, client = self._data(key, 0), self._client("webauthn.get", options)
        signed = key.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._said(key, {
            "clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signed),
            "userHandle": b64(key.user),
        })  # fmt: skip

    def _data(self, key: SoftKey, flags: int) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.verifies else 0)
        return hashlib.sha256(key.rp_id.encode()).digest() + bytes([flags]) + struct.pack(">I", key.count)

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": self.origin}).encode()

    @staticmethod
    def _said(key: SoftKey, response: dict[str, str]) -> str:
        return json.dumps({"id": b64(key.number), "rawId": b64(key.number), "type": "public-key", "response": response})
