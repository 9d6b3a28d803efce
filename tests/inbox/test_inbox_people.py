"""No person's answer is ever called anything else, and its words are found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inbox_people import BOUNCE, FIELDS, MISLEADING, SUBJECTS, WORDS, Written, people, person

from outreach.inbox.classify import understand
from outreach.vocabulary import MailKind
from tests.examples import examples

PEOPLE = people()


def test_there_are_enough_of_them_and_each_is_another():
    assert len({one.raw for one in PEOPLE}) == len({one.name for one in PEOPLE}) == len(PEOPLE) >= 150


@pytest.mark.heavy
@pytest.mark.parametrize("one", PEOPLE, ids=lambda one: one.name)
def test_a_persons_mail_is_a_reply(one: Written):
    found = understand(one.raw)
    assert found.kind is MailKind.REPLY
    assert found.recipients == ()
    if one.words is not None:
        assert found.text == one.words


lines = st.one_of(
    st.sampled_from(
        [*MISLEADING, *WORDS.values(), *BOUNCE.split("\r\n"), *SUBJECTS, "", "> ", "-- ", "--=_b", "-----"]
    ),
    st.text(max_size=80),
)


# Two signs together make an automatic answer (RFC 3834): a misleading subject and such a field are not crossed.
alone = st.one_of(
    st.tuples(st.sampled_from(SUBJECTS), st.just("X-Priority: 1")),
    st.tuples(st.sampled_from(["Re: Joint letter", ""]), st.sampled_from(FIELDS)),
)


@given(
    st.lists(lines, max_size=25),
    alone,
    st.sampled_from(["yes", "no"]),
    st.sampled_from(
        ["text/plain", "text/html", 'multipart/mixed; boundary="=_b"', "multipart/alternative; boundary=x"]
    ),
    st.sampled_from(["Anna", "System Administrator", "Postmaster General", "Microsoft Outlook", ""]),
)
@settings(max_examples=examples(400), deadline=None)
def test_whatever_a_person_writes_is_a_reply(body, head, thread, content, name):
    subject, field = head
    if field.startswith("Precedence:"):
        body = [line for line in body if line not in SUBJECTS]  # words that programs say are the second sign
    raw = person("\n".join(body), field, subject=subject, thread=thread, content=content, name=name)
    assert understand(raw).kind is MailKind.REPLY
