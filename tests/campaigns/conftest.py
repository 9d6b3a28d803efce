"""A small directory and a letter of its own for each test, through the public functions of the room."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from acts import signed_in
from campaigns_made import LAYOUTS, SENDER
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.campaigns import approve, plan
from outreach.database import reading, writing
from outreach.letters.folder import load_letter
from outreach.missions.shipped import shipped_mission
from outreach.models import Contact, Frozen, Message
from outreach.settings import Settings
from outreach.vocabulary import Line, Role

TOML = """title = "A letter"
attachments = ["annex.txt"]
signatories = "signatories.csv"
[subject]
en = "Letter {{ mission.of }}"
fr = "Lettre {{ mission.of }}"
"""


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A templates folder with one letter in English and French."""
    folder = tmp_path / "templates" / "spring-letter"
    folder.mkdir(parents=True)
    shutil.copytree(LAYOUTS, folder.parent / "layouts")
    (folder / "letter.toml").write_text(TOML, encoding="utf-8")
    (folder / "en.md").write_text("Dear {{ mission.name }},\n\n{{ signatories.count }} of us **ask**.\n")
    (folder / "fr.md").write_text("À {{ mission.name }} : nous sommes {{ signatories.count }}.\n", encoding="utf-8")
    (folder / "annex.txt").write_text("annex")
    (folder / "signatories.csv").write_text("kind,name\nindividual,Ada Sample\n")
    return folder.parent


@pytest.fixture
def settings() -> Settings:
    return Settings(**{"from": SENDER})


@pytest.fixture
def put(engine: Engine) -> Callable[..., None]:
    """A function that puts a mission with a contact for each local part into the directory."""

    def one(iso3: str, *locals_: str, **values: Any) -> None:
        with writing(engine) as session:
            session.add(shipped_mission(iso3))
            session.flush()
            for local in locals_:
                email = f"{local}@{iso3.lower()}.mission.example"
                defaults = {"role": Role.PERMANENT_REPRESENTATIVE, "line": Line.TO}
                session.add(Contact(iso3=iso3, email=email, email_key=email, **(defaults | values)))

    return one


@pytest.fixture
def campaign(engine: Engine, settings: Settings, templates: Path, put: Callable[..., None]) -> str:
    """A campaign to France, the United Kingdom and Spain; Spain has no address."""
    put("FRA", "pr", "office")
    put("GBR", "pr")
    put("ESP")
    letter = load_letter("spring-letter", templates)
    plan.create(engine, settings, "spring", letter, audience=["iso:FRA,GBR,ESP"], by=named("Ana"))
    return "spring"


@pytest.fixture
def approved(engine: Engine, settings: Settings, templates: Path) -> Callable[..., approve.Approval]:
    """A function that approves the campaign; by somebody who has signed in, where two people have to."""

    def run(by: str = "Ana") -> approve.Approval:
        with reading(engine) as session:
            two = plan.get_campaign(session, "spring").approvals == 2
        actor = signed_in(engine, by) if two else named(by)
        return approve.approve(engine, settings, "spring", by=actor, templates=templates)

    return run


class Kept:
    """A message with its frozen bytes."""

    def __init__(self, message: Message, raw: bytes) -> None:
        self._message, self.raw = message, raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._message, name)


@pytest.fixture
def messages(engine: Engine) -> Callable[[], dict[str, Kept]]:
    """A function that returns the messages that count, by ISO3."""

    def read() -> dict[str, Kept]:
        with reading(engine) as session:
            pairs = session.exec(select(Message, Frozen.raw).join(Frozen)).all()
            return {message.iso3: Kept(message, raw) for message, raw in pairs if message.replaced_at is None}

    return read
