"""An IMAP server of a few lines that says what a test wants it to say, on a free port of loopback."""

import re
from dataclasses import dataclass, field

from tests.inbox.listening import Listening


@dataclass
class ScriptedImap(Listening):
    """Serves one folder of mails by UID; remembers every command it was given."""

    mails: dict[int, bytes] = field(default_factory=dict)
    uid_validity: int = 1
    refuses: str = ""
    """The command that it answers with NO."""
    breaks_at: str = ""
    """The command at which it hangs up, once."""
    breaks_from: tuple[str, ...] = ()
    """The beginnings of commands at which it hangs up, each time."""
    garbage_at: str = ""
    """The command that it answers with nonsense, once."""
    said: list[str] = field(default_factory=list)
    sent: dict[int, bytes] | None = None
    """The mails of the folder `Gesendet`, which is told to be the one for what was sent; None where there is none."""
    junk: bool = False
    """Whether there is a folder for spam."""
    opened: str = ""
    breaks_after: str = ""
    """APPEND: it is carried out, and the server hangs up before it says so, once."""
    dates: list[str] = field(default_factory=list)
    """What APPEND gave as flags and internal date, a mail each."""

    def _talk(self, stream) -> None:
        def say(line: bytes) -> None:
            stream.write(line + b"\r\n")
            stream.flush()

        say(b"* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR] ready")
        while line := stream.readline():
            tag, _, words = line.decode("latin-1").strip().partition(" ")
            command = words.removeprefix("UID ").partition(" ")[0].upper()
            self.said.append(words)
            if words.startswith(self.breaks_from) and "SIZE" not in words:
                return
            if command == self.breaks_at:
                self.breaks_at = ""
                return
            if command == self.garbage_at:
                self.garbage_at = ""
                say(b"\xff\x00 )(*&^ {12}")
                return
            if command == self.refuses:
                say(f"{tag} NO [AUTHENTICATIONFAILED] not like that".encode())
                continue
            self._answer(command, words, say, stream)
            if command == self.breaks_after:
                self.breaks_after = ""
                return
            say(f"{tag} OK done".encode())
            if command == "LOGOUT":
                return

    def _answer(self, command, words, say, stream) -> None:
        if command == "CAPABILITY":
            say(b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR")
        elif command == "LIST":
            self._list(words, say)
        elif command in ("EXAMINE", "SELECT"):
            self.opened = words.split()[1].strip('"')
            say(f"* {len(self._mails())} EXISTS".encode())
            say(f"* OK [UIDVALIDITY {self.uid_validity}] UIDs".encode())
        elif command == "SEARCH" and "HEADER" in words:
            names = [name.encode() for name in re.findall(r'HEADER Message-ID "?([^ "]+)', words, re.IGNORECASE)]
            found = [uid for uid, raw in self._mails().items() if any(name in raw for name in names)]
            say(f"* SEARCH {' '.join(map(str, found))}".encode())
        elif command == "SEARCH":
            span = words.split()[-1]
            found = [uid for uid in self._mails() if _within(uid, span)]
            if span.endswith("*") and not found:  # RFC 9051: the newest is within any span that ends with *
                found = sorted(self._mails())[-1:]
            say(f"* SEARCH {' '.join(map(str, found))}".encode())
        elif command == "AUTHENTICATE":
            say(b"+ ")
            self.said[-1] += f" {stream.readline().decode().strip()}"
        elif command == "FETCH":
            self._fetch(words, say, stream)
        elif command == "APPEND":
            self._append(words, say, stream)

    def _list(self, words, say) -> None:
        if words.rstrip('"').endswith(" INBOX") or words.rstrip('"').endswith('"INBOX'):
            say(b'* LIST (\\HasNoChildren) "/" INBOX')
            return
        if not words.rstrip('"').endswith("*"):
            return  # whoever guesses names finds none
        say(b'* LIST (\\HasNoChildren) "/" INBOX')
        if self.junk:
            say(b'* LIST (\\HasNoChildren \\Junk) "/" Spam')
        if self.sent is not None:
            say(b'* LIST (\\HasNoChildren \\Sent) "/" Gesendet')

    def _append(self, words, say, stream) -> None:
        say(b"+ go on")
        raw = stream.read(int(words.rpartition("{")[2].rstrip("}")))
        stream.readline()
        assert self.sent is not None
        assert words.split()[1].strip('"') == "Gesendet"
        self.sent[max(self.sent, default=0) + 1] = raw
        self.dates.append(words)

    def _mails(self) -> dict[int, bytes]:
        return self.sent if self.sent is not None and self.opened == "Gesendet" else self.mails

    def _fetch(self, words, say, stream) -> None:
        wanted = words.split()[2]
        for number, (uid, raw) in enumerate(sorted(self._mails().items()), start=1):
            if not any(_within(uid, part) for part in wanted.split(",")):
                continue
            if "HEADER.FIELDS" in words:
                head = b"".join(re.findall(rb"(?im)^message-id:.*\r?\n", raw)) + b"\r\n"
                what = b"BODY[HEADER.FIELDS (MESSAGE-ID)]"
                stream.write(f"* {number} FETCH (UID {uid} ".encode() + what + f" {{{len(head)}}}\r\n".encode() + head)
                say(b")")
            elif "SIZE" in words:
                say(f"* {number} FETCH (UID {uid} RFC822.SIZE {len(raw)})".encode())
            else:
                stream.write(f"* {number} FETCH (UID {uid} BODY[] {{{len(raw)}}}\r\n".encode() + raw)
                say(b")")


def _within(uid: int, part: str) -> bool:
    first, _, last = part.partition(":")
    return int(first) <= uid <= (2**32 if last == "*" else int(last or first))
