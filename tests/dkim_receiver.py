"""A receiver that tells whether a signature (DKIM, RFC 6376, section 6) is right, and keys to sign with.

It is written beside the signer, and not from it; that it reads as others do is shown by a letter that another
implementation signed (`tests/outbox/test_outbox_dkim.py`).
"""

import base64
import hashlib
import re
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def new_key(path: Path, bits: int = 2048) -> str:
    """Write a new private key in PEM form; return the record that its owner publishes."""
    key = rsa.generate_private_key(65537, bits)
    kind, unlocked = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, kind, unlocked))
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def holds(mail: bytes, record: str) -> bool:
    """Whether the signature on top of a mail, as it came over the wire, is right by the published record."""
    head, body = mail.split(b"\r\n\r\n", 1)
    fields = re.findall(rb"(?ms)^([!-9;-~]+)[ \t]*:(.*?)(?=\r\n(?![ \t])|\Z)", head)
    signature = fields.pop(0)
    assert signature[0].lower() == b"dkim-signature", signature
    tags = dict(re.findall(rb"(\w+)\s*=\s*([^;]*)", signature[1]))
    assert tags[b"v"].strip() == b"1"
    assert tags[b"a"].strip() == b"rsa-sha256"
    assert tags[b"c"].strip() == b"relaxed/relaxed"
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    content = b"".join(line + b"\r\n" for line in lines)
    if base64.b64decode(b"".join(tags[b"bh"].split())) != hashlib.sha256(content).digest():
        return False
    told = b""
    for name in b"".join(tags[b"h"].split()).lower().split(b":"):
        last = next((at for at in reversed(range(len(fields))) if fields[at][0].lower() == name), None)
        if last is not None:
            told += _relaxed(*fields.pop(last)) + b"\r\n"
    told += _relaxed(signature[0], re.sub(rb"(\bb=)[^;]*", rb"\1", signature[1]))
    public = dict(re.findall(r"(\w+)=([^;]*)", record))["p"]
    key = serialization.load_der_public_key(base64.b64decode(public))
    assert isinstance(key, rsa.RSAPublicKey)
    try:
        key.verify(base64.b64decode(b"".join(tags[b"b"].split())), told, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _relaxed(name: bytes, value: bytes) -> bytes:
    return name.lower() + b":" + re.sub(rb"\s+", b" ", value).strip()
