"""`outreach doctor` tells what will end soon, or is not published: certificate, sign-in, SPF, DKIM, DMARC."""

import json
import ssl
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from outreach import clock
from outreach.outbox.sign_in.grant import Grant, keep_grant
from outreach.settings import load
from tests.cli.conftest import Run
from tests.scripted_smtp import ScriptedSmtp

sys.path.insert(0, str(Path(__file__).parents[1] / "doctor"))
from loopback_dns import LoopbackDns

pytestmark = pytest.mark.heavy


def signed_by_own_authority(folder: Path, days: int) -> tuple[Path, ssl.SSLContext]:
    """An authority of the test's own, and a server's certificate by it that ends in so many days."""
    authority, key, request, certificate = (folder / name for name in ("ca.pem", "key.pem", "it.csr", "it.pem"))
    openssl: Callable[..., Any] = lambda *words: subprocess.run(  # noqa: E731
        ["openssl", *words], check=True, capture_output=True
    )
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "ca.key", "-out", authority,
            "-days", "400", "-subj", "/CN=Own authority")  # fmt: skip
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost")  # fmt: skip
    openssl("x509", "-req", "-in", request, "-CA", authority, "-CAkey", folder / "ca.key", "-CAcreateserial",
            "-out", certificate, "-days", str(days), "-copy_extensions", "copy")  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return authority, context


def test_the_doctor_tells_what_ends_soon_and_what_is_not_published(
    outreach: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server_settings: Callable[..., None]
) -> None:
    authority, context = signed_by_own_authority(tmp_path, 5)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    zone = {("coalition.example", "TXT"): ["v=spf1 ip4:127.0.0.1 -all"], ("localhost", "A"): ["127.0.0.1"]}
    with LoopbackDns(zone) as dns, ScriptedSmtp(tls=context) as mail:
        server_settings(
            FROM="Coalition <letters@coalition.example>", SMTP_HOST="localhost", SMTP_PORT=mail.port,
            SMTP_SECURITY="tls", SMTP_CONNECTIONS=1, DNS_SERVER=dns.place,
        )  # fmt: skip
        told = json.loads(outreach("doctor", "--json", expect=None).out)
        before = {(one["what"], one["verdict"]): one["words"] for one in told}
        zone["_dmarc.coalition.example", "TXT"] = ["v=DMARC1; p=quarantine"]
        after = outreach("doctor", expect=None).out
    assert before["SPF", "good"] == "the record of coalition.example names localhost."
    assert "no DMARC record" in before["DMARC", "note"]
    (ends,) = [one for one in told if "certificate" in one["words"]]
    assert ends["verdict"] == "note"
    assert "ends in 4 days" in ends["words"] or "ends in 5 days" in ends["words"]
    assert "_dmarc.coalition.example says quarantine" in after


@pytest.mark.parametrize(
    ("left", "verdict"),
    [(timedelta(days=60), "good"), (timedelta(days=2), "note"), (timedelta(hours=-1), "wrong")],
    ids=["long", "soon", "over"],
)
def test_the_doctor_tells_the_last_day_of_the_sign_in(
    left: timedelta, verdict: str, outreach: Run, folder: Path, server_settings: Callable[..., None]
) -> None:
    account, host, now = "letters@coalition.example", "smtp.mail.example", clock.now()
    server_settings(
        FROM=f"Coalition <{account}>", SMTP_HOST=host, SMTP_USERNAME=account, SMTP_CLIENT_ID="an application",
    )  # fmt: skip
    settings = load()
    grant = Grant(
        "google", account, SecretStr("a refresh token"), "an application", (host,), now - timedelta(days=100), now,
        ends_at=now + left,
    )  # fmt: skip
    keep_grant(settings, grant, in_file=True)
    ran = outreach("doctor", "--json", expect=None)
    (told,) = [one for one in json.loads(ran.out) if one["what"] == "sign-in" and "end" in one["words"]]
    assert told["verdict"] == verdict
    assert f"{(now + left).astimezone(settings.tz):%Y-%m-%d %H:%M}" in told["words"]
    assert bool(told.get("cure")) is (verdict != "good")
    assert "a refresh token" not in ran.out + ran.err
