"""What the doctor reads from DNS of the sender's domain: asked of a server of the test's own."""

from pathlib import Path

import pytest
from loopback_dns import LoopbackDns

from outreach.doctor.doctor_sender import sender
from outreach.settings import Settings
from tests.dkim_receiver import new_key

DOMAIN = "coalition.example"
DMARC = ("_dmarc.coalition.example", "TXT")
SPF = (DOMAIN, "TXT")


def found(zone: dict[tuple[str, str], list[str]], **values: object) -> dict[str, tuple[str, str]]:
    """The findings by what they are about: verdict, and words with the cure."""
    with LoopbackDns(zone) as server:
        settings = Settings.model_validate(
            {"from": f"Coalition <letters@{DOMAIN}>", "smtp_host": "mx.coalition.example", "dns_server": server.place}
            | values
        )
        return {one.what: (one.verdict, f"{one.words} {one.cure or ''}".strip()) for one in sender(settings)}


@pytest.mark.parametrize(
    ("record", "host", "verdict", "words"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", "mx.coalition.example", "good", "names mx.coalition.example"),
        ("v=spf1 ip4:198.51.100.7 -all", "mx.coalition.example", "note", "does not name mx.coalition.example itself"),
        ("v=spf1 -ip4:192.0.2.1 ip4:198.51.100.7 -all", "mx.coalition.example", "note", "does not name"),
        ("v=spf1 ip6:2001:db8::/32 ~all", "mx.coalition.example", "good", "names"),
        ("v=spf1 mx ~all", "mx.coalition.example", "good", "names"),
        ("v=spf1 a:mx.coalition.example ~all", "mx.coalition.example", "good", "names"),
        ("v=spf1 include:nested.example ~all", "mx.coalition.example", "good", "names"),
        ("v=spf1 redirect=nested.example", "mx.coalition.example", "good", "names"),
        ("v=spf1 ip4:nonsense ~all", "mx.coalition.example", "note", "does not name"),
        ("v=spf1 +all", "mx.coalition.example", "wrong", "lets anybody send"),
        ("v=spf1 include:_spf.google.com ~all", "smtp.gmail.com", "good", "names smtp.gmail.com"),
        ("v=spf1 mx ~all", "smtp.gmail.com", "wrong", 'add "include:_spf.google.com"'),
        ("v=spf1 " + " ".join(f"a:n{n}.example" for n in range(11)) + " -all", "x.example", "wrong", "ten look-ups"),
    ],
)
def test_whether_the_record_names_the_mail_server(record: str, host: str, verdict: str, words: str) -> None:
    zone = {
        SPF: ["something else", record], DMARC: ["v=DMARC1; p=none"], (DOMAIN, "MX"): ["10 mx.coalition.example."],
        ("mx.coalition.example", "A"): ["192.0.2.1"], ("mx.coalition.example", "AAAA"): ["2001:db8::1"],
        ("nested.example", "TXT"): ["v=spf1 ip4:192.0.2.1 -all"], ("_spf.google.com", "TXT"): ["v=spf1 ~all"],
    }  # fmt: skip
    told = found(zone, smtp_host=host)
    assert told["SPF"][0] == verdict, told
    assert words in told["SPF"][1]


def test_two_records_count_for_nothing() -> None:
    assert found({SPF: ["v=spf1 mx -all", "v=spf1 a -all"]})["SPF"][0] == "wrong"


def test_a_record_that_lacks_is_told_with_the_one_to_ask_for() -> None:
    told = found({}, smtp_host="smtp.office365.com")
    assert told["SPF"][0] == told["DMARC"][0] == "note"
    assert '"v=spf1 include:spf.protection.outlook.com ~all"' in told["SPF"][1]
    assert '_dmarc.coalition.example, such as "v=DMARC1; p=none"' in told["DMARC"][1]


def test_spf_is_asked_of_the_domain_that_bounces_go_to() -> None:
    zone = {
        ("bounces.coalition.example", "TXT"): ["v=spf1 ip4:192.0.2.1 -all"],
        ("mx.coalition.example", "A"): ["192.0.2.1"],
    }
    told = found(zone, bounce_address="box@bounces.coalition.example")
    assert told["SPF"] == ("good", "the record of bounces.coalition.example names mx.coalition.example.")


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        (["v=DMARC1; p=reject; rua=mailto:a@b.example"], "good"),
        (["V=dmarc1 ; P=None"], "good"),
        (["v=DMARC1"], "wrong"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "wrong"),
        (["something"], "note"),
    ],
)
def test_what_dmarc_says(record: list[str], verdict: str) -> None:
    assert found({DMARC: record})["DMARC"][0] == verdict


def test_dmarc_of_the_domain_above_counts_for_one_below() -> None:
    told = found({DMARC: ["v=DMARC1; p=none"]}, **{"from": "C <letters@mail.coalition.example>"})
    assert told["DMARC"][0] == "good"


@pytest.mark.parametrize("domain", ["ngo.org.uk", "mail.ngo.org.uk", "letters.ngo.or.ke"])
def test_below_a_country_s_kinds_of_holders_the_third_label_is_the_holder_s(domain: str) -> None:
    holder = ".".join(domain.split(".")[-3:])
    values = {"from": f"C <letters@{domain}>", "bounce_address": f"box@b.{holder}"}
    told = found({(f"_dmarc.{holder}", "TXT"): ["v=DMARC1; p=none"]}, **values)
    assert told["DMARC"] == ("good", f"_dmarc.{holder} says none.")
    assert told["sender"][0] == "good"
    other = found({}, **(values | {"bounce_address": f"box@other.{holder.partition('.')[2]}"}))
    assert "SPF can't speak for the sender" in other["sender"][1]


def test_whether_the_published_key_is_the_one_that_signs(tmp_path: Path) -> None:
    records = [new_key(tmp_path / name) for name in ("key.pem", "other.pem")]
    values = {"dkim_key": str(tmp_path / "key.pem"), "dkim_selector": "s1"}
    name = ("s1._domainkey.coalition.example", "TXT")
    assert found({name: records[:1]}, **values)["DKIM"] == (
        "good", "the key at s1._domainkey.coalition.example is that of dkim_key.",
    )  # fmt: skip
    assert "is not that of dkim_key" in found({name: records[1:]}, **values)["DKIM"][1]
    assert "is not that of dkim_key" in found({name: ["v=DKIM1; p="]}, **values)["DKIM"][1]
    assert "there is no key" in found({}, **values)["DKIM"][1]


@pytest.mark.heavy
def test_after_a_server_that_says_nothing_no_other_record_is_asked_for() -> None:
    with LoopbackDns(silent=True) as server:
        settings = Settings.model_validate({"from": f"C <letters@{DOMAIN}>", "dns_server": server.place})
        told = [one for one in sender(settings) if one.what == "domain"]
    assert [one.verdict for one in told] == ["note"]
    assert {one.partition(" ")[0] for one in server.asked} == {DOMAIN}


def test_placeholders_are_asked_of_nobody() -> None:
    told = list(sender(Settings.model_validate({"from": f"C <letters@{DOMAIN}>"})))
    assert not {"SPF", "DMARC", "domain"} & {one.what for one in told}


@pytest.mark.parametrize("value", ["127.0.0.1:5353", "192.0.2.1", "[2001:db8::1]:53", "[2001:db8::1]"])
def test_a_dns_server_is_an_address(value: str) -> None:
    assert Settings(dns_server=value).dns_server == value


@pytest.mark.parametrize("value", ["dns.example", "1.2.3.400", "2001:db8::1", "127.0.0.1:x"])
def test_and_nothing_else(value: str) -> None:
    with pytest.raises(ValueError, match="write it as"):
        Settings(dns_server=value)
