"""Until when the mail server's certificate holds."""

import ssl
from datetime import UTC, datetime

import aiosmtplib

from outreach.outbox.server import SmtpServer
from outreach.settings import Security

_SECONDS = 20


async def ends_at(server: SmtpServer) -> datetime | None:
    """Connect, and return when the certificate that the server shows ends; None where it shows none now."""
    smtp = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        timeout=_SECONDS,
        use_tls=server.security is Security.TLS,
        start_tls=server.security is Security.STARTTLS,
    )
    try:
        await smtp.connect()
        found = smtp.get_transport_info("peercert")
        await smtp.quit()
    except (aiosmtplib.SMTPException, OSError):
        return None
    finally:
        smtp.close()
    return moment_of(found)


def moment_of(certificate: object) -> datetime | None:
    """Return when a certificate, as `ssl` gives it, ends; None where that is not told."""
    ends = certificate.get("notAfter") if isinstance(certificate, dict) else None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if isinstance(ends, str) else None
