"""Bounces in the forms of many mail systems: dialect_forms.toml."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from outreach.inbox.classify import understand
from outreach.vocabulary import MailKind

FORMS = tomllib.loads(Path(__file__).with_name("dialect_forms.toml").read_text(encoding="utf-8"))["form"]
RETURNED = """Received: from relay.example.org by mx.example.jp; Mon, 18 Mar 2024 09:00:00 +0000
From: letters@coalition.example
To: box@mission.example
Subject: Joint letter
Message-ID: <l1@coalition.example>

Excellency"""


@pytest.mark.parametrize("form", FORMS, ids=[form["name"] for form in FORMS])
def test_the_form_of_a_mail_system_is_read(form: dict[str, Any]) -> None:
    head = [
        "Return-Path: <>",
        "Received: from a by b; Mon, 18 Mar 2024 09:00:00 +0000",
        f"From: {form['sender']}",
        "To: letters@coalition.example",
        f"Subject: {form['subject']}",
        "Date: Mon, 18 Mar 2024 09:00:10 +0000",
        "Message-ID: <x@mx.example>",
        *([form["field"]] if "field" in form else []),
    ]
    found = understand("\n".join([*head, "", form["text"].replace("{RET}", RETURNED)]).encode())
    assert found.kind is MailKind(form["kind"])
    (told,) = found.recipients
    assert (told.address, told.status) == ("box@mission.example", form["status"])
    assert "dead" not in form or told.permanent is {"unknown": None}.get(form["dead"], form["dead"])
