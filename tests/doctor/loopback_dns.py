"""A DNS server of a few lines, on a free port of loopback: it answers what a test wrote down, or says nothing."""

import socket
import threading
from dataclasses import dataclass, field
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


@dataclass
class LoopbackDns:
    """`zone` holds the values of each name and type, such as `{("coalition.example", "TXT"): ["v=spf1 -all"]}`."""

    zone: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    silent: bool = False
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self._socket.getsockname())
        self._thread.join(timeout=5)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            wire, sender = self._socket.recvfrom(4096)
            if not wire:
                return
            query = dns.message.from_wire(wire)
            (question,) = query.question
            name, kind = question.name.to_text().rstrip("."), dns.rdatatype.to_text(question.rdtype)
            self.asked.append(f"{name} {kind}")
            if self.silent:
                continue
            response = dns.message.make_response(query)
            response.flags |= dns.flags.AA | dns.flags.RA
            if values := self.zone.get((name, kind)):
                quoted = [_quoted(value) if kind == "TXT" else value for value in values]
                response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *quoted))
            elif not any(known == name for known, _ in self.zone):
                response.set_rcode(dns.rcode.NXDOMAIN)
            self._socket.sendto(response.to_wire(), sender)


def _quoted(text: str) -> str:
    """A TXT value as strings of at most 255 bytes (RFC 1035, 3.3.14)."""
    return " ".join(f'"{text[start : start + 200]}"' for start in range(0, len(text), 200))
