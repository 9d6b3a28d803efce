"""The dossier at the desk: what a person released is in it, and nothing else; it is looked over and taken along."""

import hashlib
import io
import re
import zipfile
from collections.abc import Callable

from sqlmodel import col, select
from web_browser import Browser, hidden, text_of

from outreach.database import reading, writing
from outreach.models import AuditEntry, Released, Reply
from outreach.web.desk import Desk

Browse = Callable[..., Browser]
WORDS = "France will support the text. My colleague Ms Zora Sampleton will call you."


def says(desk: Desk, words: str) -> None:
    with writing(desk.engine) as session:
        mail = session.exec(select(Reply).where(col(Reply.message_id).is_not(None))).one()
        mail.body = words
        session.add(mail)


def released(desk: Desk) -> list[str]:
    with reading(desk.engine) as session:
        return list(session.exec(select(Released.text).where(col(Released.withdrawn_at).is_(None))))


def test_an_answer_is_released_looked_at_first_and_taken_back(browse: Browse, answered: Desk) -> None:
    says(answered, WORDS)
    browser = browse("editor")
    assert "Release an answer" in text_of(browser.get("/campaigns/1/dossier"))
    shown = browser.post("/campaigns/1/released/FRA")
    assert "It tells of others" in text_of(shown)
    assert "Zora Sampleton" in text_of(shown)
    assert released(answered) == []
    state = hidden(shown, "state")
    browser.post("/campaigns/1/released/FRA/apply", others="without", state=state)
    (text,) = released(answered)
    assert "France will support" in text
    assert "Sampleton" not in text
    browser.post("/campaigns/1/released/FRA/apply", others="with", state=state)
    assert released(answered) == [WORDS]
    assert "taken back" in text_of(browser.post("/campaigns/1/released/FRA/withdraw"))
    assert released(answered) == []


def test_what_was_not_shown_is_not_released(browse: Browse, answered: Desk) -> None:
    browser = browse("editor")
    state = hidden(browser.post("/campaigns/1/released/FRA"), "state")
    says(answered, WORDS)
    browser.post("/campaigns/1/released/FRA/apply", expect=409, state=state)
    state = hidden(browser.post("/campaigns/1/released/FRA"), "state")
    told = browser.post("/campaigns/1/released/FRA/apply", expect=422, state=state)
    assert "nobody has agreed" in text_of(told)
    assert released(answered) == []
    browser.get("/campaigns/1/released/XXX", expect=404)
    assert "No mail of DEU counts as its answer" in text_of(browser.post("/campaigns/1/released/DEU", expect=422))
    own = browser.post("/campaigns/1/released/DEU", text="Germany said so by telephone.")
    browser.post("/campaigns/1/released/DEU/apply", text="Germany said so by telephone.", state=hidden(own, "state"))
    assert released(answered) == ["Germany said so by telephone."]


def test_a_dossier_is_made_looked_over_and_taken_along(browse: Browse, answered: Desk) -> None:
    browser = browse("editor")
    state = hidden(browser.post("/campaigns/1/released/FRA"), "state")
    browser.post("/campaigns/1/released/FRA/apply", state=state)
    made = browser.post("/campaigns/1/dossier", edition="public", language="fr")
    at = re.search(r'<iframe[^>]* src="([^"]+)/index\.html"', made)
    assert at is not None
    site = browser.get(f"{at[1]}/index.html")
    assert 'lang="fr"' in site
    assert "Qui l’a reçue" in site
    assert browser.last is not None
    policy = browser.last.headers["content-security-policy"]
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "gladly support" in browser.get(f"{at[1]}/answers.html")
    assert "@media" in browser.get(f"{at[1]}/style.css")
    browser.get(f"{at[1]}/letter/en.html")
    browser.get(f"{at[1]}/dossier.zip")
    content = browser.last.content
    assert hashlib.sha256(content).hexdigest() in at[1]
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert {"index.html", "SHA256SUMS", "letter/en.html"} <= set(names)
    for gone in ("nothing.html", "..%2F..%2Foutreach.toml"):
        browser.get(f"{at[1]}/{gone}", expect=404)
    browser.get("/campaigns/1/dossier/" + "0" * 64 + "/index.html", expect=404)
    again = browser.post("/campaigns/1/dossier", edition="public", language="fr")
    assert at[1] in again, "the same dossier came out another"
    with reading(answered.engine) as session:
        acts = [one.action for one in session.exec(select(AuditEntry)) if one.action == "dossier.made"]
    assert len(acts) == 2
    assert "There is no edition" in text_of(browser.post("/campaigns/1/dossier", expect=422, edition="all"))
