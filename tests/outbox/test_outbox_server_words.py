"""Names of addresses, hosts and links are no words of a server's; the words between them stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.outbox.blame.judgement import judge
from outreach.outbox.blame.server_words import without_names
from outreach.vocabulary import Blame, Stage


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("550 5.1.1 <social.policy@x.example>: no such user", "550 5.1.1 <@>: no such user"),
        ('550 5.1.1 "a full box"@x.example unknown', '550 5.1.1 @ unknown'),
        ('unknown user: "spam.desk"', "unknown user: #"),
        ("the user's box can't take it, isn't there", "the user's box can't take it, isn't there"),
        ("host blocked.listed.example[192.0.2.7] said: 550 no such user (in reply to RCPT TO command)",
         "  550 no such user  "),
        ("Client host [2001:db8::1] refused", "Client host [#] refused"),
        ("Blocked, see https://x.example/user-unknown?ip=192.0.2.1 now", "Blocked, see # now"),
        ("blocked using zen.spamhaus.org", "blocked using  block list # "),
        ("550 5.1.10 RESOLVER.ADR.RecipNotFound; not found", "550 5.1.10 RESOLVER.ADR.RecipNotFound; not found"),
        ("User unknown.Please check", "User unknown.Please check"),
        ("user unknown.please check", "user unknown.please check"),
        ("452 4.2.2 box full", "452 4.2.2 box full"),
    ],
)  # fmt: skip
def test_names_are_taken_out(said: str, left: str) -> None:
    assert without_names(said).replace("<@>", "@") == left.replace("<@>", "@")


@given(st.text(alphabet=st.sampled_from(list("ab.@<>[]\"'/:-1 ")), max_size=200))
def test_whatever_is_said_no_address_is_left(said: str) -> None:
    assert "a@b" not in without_names(said)


@pytest.mark.parametrize(
    ("words", "blame"),
    [
        ("<spam.policy@state.example>: user unknown", Blame.ADDRESS),
        ("<user.unknown@state.example>: this message looks like spam", Blame.LETTER),
        ("<letters@coalition.example>: Sender address rejected: user unknown", Blame.SENDER),
        ("Empfänger unbekannt", Blame.ADDRESS),
        ("Unbekannter Absender", Blame.SENDER),
    ],
)
def test_while_we_send_the_same_words_mean_the_same(words: str, blame: Blame) -> None:
    assert judge(Stage.RCPT, 550, "", words).blame is blame
