"""The embedded server: it takes mail on loopback, files it whole, and is chosen only where no mail could leave."""

import smtplib
from pathlib import Path

import pytest

from outreach.errors import SettingsError
from outreach.rehearsal.post_office import FOLDER, Posted, PostOffice, server_for
from outreach.settings import Settings

LETTER = b"Subject: x\r\nMessage-ID: <1@coalition.example>\r\n\r\n.dot\r\nline\r\n"


class Refusing:
    """Refuses one address for good, and remembers what it got."""

    def __init__(self) -> None:
        self.received: list[Posted] = []

    def answer_to_recipient(self, address: str) -> str | None:
        return "550 5.1.1 no" if address.startswith("gone@") else None

    def receive(self, letter: Posted) -> None:
        self.received.append(letter)


def post(port: int, *recipients: str, content: bytes = LETTER) -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        return smtp.sendmail("bounces@coalition.example", recipients, content)


def test_a_letter_is_filed_as_it_came_with_its_envelope_above(tmp_path: Path) -> None:
    world = Refusing()
    with PostOffice(tmp_path / "mail", world) as office:
        refused = post(office.port, "a@fra.mission.example", "gone@fra.mission.example")
        assert office.taken == 1
    assert refused == {"gone@fra.mission.example": (550, b"5.1.1 no")}
    (path,) = (tmp_path / "mail").iterdir()
    assert path.suffix == ".eml"
    envelope = b"Return-Path: <bounces@coalition.example>\r\nDelivered-To: a@fra.mission.example\r\n"
    assert path.read_bytes() == envelope + LETTER
    assert world.received == [Posted("bounces@coalition.example", ("a@fra.mission.example",), LETTER)]


def test_an_address_can_t_lead_out_of_the_folder(tmp_path: Path) -> None:
    with PostOffice(tmp_path / "mail") as office:
        post(office.port, '"../../x/y"@fra.mission.example')
    (path,) = tmp_path.rglob("*.eml")
    assert path.parent == tmp_path / "mail"


def test_a_folder_that_can_t_be_written_to_is_a_refusal_for_now(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file where the folder should be")
    with PostOffice(tmp_path / "mail") as office, pytest.raises(smtplib.SMTPDataError) as refused:
        post(office.port, "a@fra.mission.example")
    assert refused.value.smtp_code == 452


def test_it_ends_while_a_connection_is_still_open(tmp_path: Path) -> None:
    with PostOffice(tmp_path) as office:
        smtp = smtplib.SMTP("127.0.0.1", office.port)
    smtp.close()


def test_rehearsal_without_a_server_gets_the_post_office(tmp_path: Path) -> None:
    with server_for(Settings(), tmp_path) as server:
        assert server.embedded
        assert server.host == "127.0.0.1"
        post(server.port, "a@fra.mission.example")
    assert len(list((tmp_path / FOLDER).glob("*.eml"))) == 1


@pytest.mark.parametrize("mode", ["rehearsal", "live"])
def test_a_server_that_is_set_is_taken_and_is_never_called_embedded(mode: str, tmp_path: Path) -> None:
    with server_for(Settings(mode=mode, smtp_host="smtp.example"), tmp_path) as server:
        assert (server.host, server.embedded) == ("smtp.example", False)


def test_live_mode_without_a_server_is_refused_and_not_rehearsed(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no mail server"), server_for(Settings(mode="live"), tmp_path):
        pass
