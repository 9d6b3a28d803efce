"""Says a person in one language: the lines of the address, the salutation and the close.

The words are data, in words/xx.toml, each file with its sources; what a language does with them differently from the
others is its writer's.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from outreach.protocol.person import Office, Person, Title
from outreach.protocol.ranks import HIGH, ROYAL_STYLES, SECONDS, Rank, offices_of
from outreach.protocol.seats import words_of
from outreach.vocabulary import GenderForm, Language

_SLOT = re.compile(r"\{(call|called|polite|titled|family|name)\}")
_MOST_IMPORTANT = ("own", "military", "clergy", "royal", "noble", "knight", "custom", "academic", "honour")
_CYRILLIC, _WORD = re.compile("[\u0400-\u052f]"), re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_GIVES_WAY = {"father": 1, "sister": 1, "reverend": 2, "graduate": 3}
"""Titles that give way to any other of their kind, and by how much."""


def writer_for(language: Language, person: Person, rank: Rank, seat: str) -> "Writer":
    """Return what says a person of that rank in a language, at a seat as in `seats.seat_of`."""
    return _WRITERS[language](language, person, rank, seat)


class Writer:
    """What the languages have in common; Arabic needs no more."""

    own_words = True
    """Whether the sheet's words for an office may stand in the letter as they are."""
    begins_large = False
    """Whether an article or an abbreviation that begins the line does so with a capital."""

    def __init__(self, language: Language, person: Person, rank: Rank, seat: str) -> None:
        """See `writer_for`."""
        self.words: Mapping[str, Any] = words_of(language)
        self.language, self.who, self.rank, self.seat = language, person, rank, seat

    # ------------------------------------------------------------------------------------------------- the person

    def person(self) -> str:
        """Return the line with the person's name; empty without one."""
        if not self.who.name:
            return ""
        style = self.style()
        line = self.joined(style, self.titled(self.named()))
        begins = self.begins_large and not style and line != self.who.name
        return line[:1].upper() + line[1:] if begins else line

    def named(self) -> str:
        """Return the name as the address has it."""
        return self.who.name

    def style(self) -> str:
        """Return the style before the person: Excellency, Highness, Eminence; empty for other ranks."""
        styles = self.words["style"]
        if royal := self._royal_style():
            return self.form(styles[royal])
        if self.rank is Rank.EMINENCE:
            return self.form(styles["eminence"])
        own = str(self.words[self.rank].get("style", ""))
        return own or (self.form(styles["excellency"]) if self.rank in HIGH else "")

    def titles(self) -> list[Title]:
        """Return the titles that are said, the most important first: of clergy and of degrees one, honours alone."""
        return _one_of("academic", _one_of("clergy", self.all_titles(last="honour")))

    def all_titles(self, *, last: str = "") -> list[Title]:
        """Return all titles, the most important first; those of the kind `last` where there is no other."""
        titles = [title for title in self.who.titles if title.kind != last] or self.who.titles
        professor = any(title.key.startswith("professor") for title in titles)
        titles = [title for title in titles if not (professor and title.key == "lawyer")]  # not Maître le Professeur
        titles = sorted(titles, key=lambda title: _MOST_IMPORTANT.index(title.kind))
        if self.who.has_office("nuncio") and not self.who.has_kind("clergy"):
            # Nuncios are archbishops (Code of Canon Law, can. 362-367, and the usage of the Holy See).
            titles.insert(0, Title("clergy", "most_reverend", "The Most Reverend", True))
        return titles

    def titled(self, name: str) -> str:
        """Return a name with the person's titles, or with the civility where the sheet has no title."""
        said = [said for title in self.titles() if (said := self.title(title))]
        return f"{self.before(list(dict.fromkeys(said))) or self.civility()} {name}".strip()

    def before(self, titles: Sequence[str]) -> str:
        """Return titles in a row, as they stand before a name."""
        return " ".join(titles)

    def title(self, title: Title) -> str:
        """Return a title in words; as the sheet writes it where there are none for it."""
        known = self.words["titles"].get(title.key)
        return title.written if known is None else self.form(known)

    def civility(self) -> str:
        """Return Mr. or Ms.; empty where no gender form is known."""
        return self.form(self.words["civility"])

    def joined(self, style: str, name: str) -> str:
        """Return style and name."""
        return f"{style} {name}".strip()

    def form(self, entry: Any) -> str:
        """Return an entry in the form that the sheet names, else in the one that fits everybody."""
        if entry is None or isinstance(entry, str):
            return entry or ""
        if self.who.gender is not None:
            return str(entry[self.who.gender])
        return str(entry.get("unnamed", entry["neutral"]) if not self.who.name else entry["neutral"])

    def _royal_style(self) -> str:
        return next((key for key in ROYAL_STYLES if key in self.who.styles), "")

    # ------------------------------------------------------------------------------------------------- the office

    def office(self) -> str:
        """Return what the person is: the sheet's own words where they are in this language, else ours."""
        offices = offices_of(self.who, self.rank, self.seat)
        own = self.own_words and all(
            office.language is self.language for office in offices if office.key and office.written
        )
        return self.in_a_row([one for one in (self._office(office, own=own) for office in offices) if one])

    def in_a_row(self, said: Sequence[str]) -> str:
        """Return offices on one line."""
        return str(self.words["joint"]).join(said)

    def _office(self, office: Office, *, own: bool) -> str:
        entry = self.words["office"].get(office.key)
        # The sheet's own words, unless they are of the other gender form: « Ambassadeur », for a woman.
        told = office.gender or (GenderForm.MASCULINE if isinstance(entry, dict) else self.who.gender)
        fits = self.who.gender in (None, told)
        if office.written and fits and (own or office.language is None):
            return office.written
        said = self._office_in_words(office)
        if said and office.designate:
            said = self.form(self.words["designate"]).replace("{office}", said)
        if said and office.aside:
            subjects = [str(self.words["aside"][key]) for key in office.aside.split("+")]
            return self.with_subject(said, str(self.words["subjects_joint"]).join(subjects))
        return said if said or office.key == "ambassador" else office.written

    def with_subject(self, office: str, subject: str) -> str:
        """Return an office with what it is about."""
        return f"{office} ({subject})"

    def _office_in_words(self, office: Office) -> str:
        """Return an office in the letter's language; empty where it can't be said without a guess at a gender form."""
        entry = self.words["office"].get(office.key)
        ranked = any(title.kind == "military" and title.key in self.words["titles"] for title in self.who.titles)
        if ranked and self.who.gender is None and isinstance(entry, dict):
            return str(entry[GenderForm.MASCULINE])  # it agrees with the word before it: le Général, الفريق
        said = self.form(entry)
        if said or entry is None:
            return said
        # Both forms, rather than a foreign language or no function at all; but a deputy that the role adds to a rank.
        added = office.key in SECONDS and bool(self.who.offices) and office not in self.who.offices
        return "" if added else str(entry.get("unnamed", ""))

    # ------------------------------------------------------------------------------------- salutation and close

    def salutation_and_closing(self) -> tuple[str, str]:
        """Return how the letter begins and ends; both call the person alike."""
        others = self.words[Rank.DIPLOMAT]
        # An organisation at its own seat is no Excellency.
        whole_organisation = self.rank is Rank.MISSION and self.seat == "organisation"
        forms = others if whole_organisation else self.words[self.rank]
        ranked = self.who.offices and not self.who.has_office(*SECONDS)
        if self.rank is Rank.DEPUTY and (self.seat != "mission" or ranked) and forms["call"] != others["call"]:
            # The call of a deputy names that of a permanent representative. Another's, and one whose sheet names
            # another office (a minister counsellor), is called as other diplomats are.
            forms = {**others, "closing": forms.get("closing_plain", forms["closing"])}
        call = self._call(forms)
        if (
            self.who.name
            and not whole_organisation
            and "greeting_named" in forms
            and (forms.get("by_name") or not call)
        ):
            greeting = self.form(forms["greeting_named"])
        else:
            greeting = self.form(forms["greeting"]) if call else str(forms["greeting_plain"])
        closing = forms.get("closing", "") if call or "closing_plain" not in forms else forms["closing_plain"]
        said = {
            "call": call,
            "called": f"{call[:1].lower()}{call[1:]}",
            "polite": self.polite() if self.who.name else "",
            "titled": self.titled(self.who.called),
            "family": self.who.family,
            "name": self.who.called,
        }
        return _filled(greeting, said), _filled(closing, said)

    def _call(self, forms: Mapping[str, Any]) -> str:
        if self.rank is Rank.MISSION:
            call = forms.get("call", "")
            return call if isinstance(call, str) else str(call["neutral"])
        royal = self._royal_style()
        if royal or self.rank is Rank.EMINENCE:
            return self.form(self.words["style_call"][royal or "eminence"])
        calls = self.words["title_call"]
        held = [title.key for title in self.who.titles] + [office.key for office in self.who.offices]
        titled = next((key for key in held if key in calls), "")
        return self.form(calls[titled] if titled and self.rank not in HIGH else forms.get("call"))

    def polite(self) -> str:
        """Return the person as a salutation by name does."""
        return self.titled(self.who.called)


class _EnglishWriter(Writer):
    """Keeps the sheet's titles as they are written, all of them, and greets by the family name."""

    # The Most Reverend takes the place of H.E. unless the sheet has that too; The Honourable follows it.
    _stand_alone = frozenset({"most_reverend", "right_reverend"})
    _with_article = frozenset({*_stand_alone, "honourable", "right_honourable"})

    def style(self) -> str:
        alone = any(title.key in self._stand_alone for title in self.titles())
        return "" if alone and self.rank in HIGH and "excellency" not in self.who.styles else super().style()

    def titles(self) -> list[Title]:
        # The Right Honourable Sir …; The Most Reverend says bishop.
        titles = sorted(self.all_titles(), key=lambda title: title.kind != "honour")
        alone = any(title.key in self._stand_alone for title in titles)
        return [one for one in titles if not alone or one.kind != "clergy" or one.key in self._stand_alone]

    def title(self, title: Title) -> str:
        own = title.english or (title.kind in {"own", "custom"} and title.key not in self.words["titles"])
        said = title.written if own and title.key not in self._with_article else self._in_english(title.key)
        return f"{said} (ret.)" if title.retired else said

    def _in_english(self, key: str) -> str:
        return self.form(self.words["titles"].get(key, key.replace("_", " ").title()))

    def joined(self, style: str, name: str) -> str:
        if style:  # H.E. Most Reverend …, H.E. the Honourable …
            honoured = name.startswith(("The Hon", "The Right Hon", "The Most Hon"))
            name = f"the {name[4:]}" if honoured else name.removeprefix("The ")
        return super().joined(style, name)

    def in_a_row(self, said: Sequence[str]) -> str:
        pair = len(said) == 2 and said[0].startswith("Ambassador") and not re.search(" (?:and|&) ", said[0])
        return " and ".join(said) if pair else super().in_a_row(said)

    def polite(self) -> str:
        # Nobody is written to as « Dear Honourable … ».
        who, titles = (
            self.who,
            [
                title
                for title in self.titles()
                if title.kind != "honour" and self.title(title) not in ("", self.civility())
            ],
        )
        if not titles:
            civility = self.civility()
            return f"{civility} {who.family}" if civility else who.called
        first = min(titles, key=lambda title: _GIVES_WAY.get(title.key, 0))
        if first.key in {"sir", "dame"}:
            return f"{self.title(first)} {who.called.split()[0]}"
        # Father …, not Rev. Fr. …
        priest = first.kind == "clergy" and first.key in _GIVES_WAY
        said = self._in_english(first.key) if priest else self.title(first)
        return f"{said.removesuffix(' (ret.)').removeprefix('The ')} {who.family}"


class _FrenchWriter(Writer):
    """A degree and a civility give way to a title before them."""

    begins_large = True
    _giving_way = frozenset({"Dr", "Madame", "Monsieur"})

    def before(self, titles: Sequence[str]) -> str:
        return " ".join(one for n, one in enumerate(titles) if not n or one not in self._giving_way)


class _SpanishWriter(Writer):
    """The civility goes first, and once, before degrees and behind Excmo., which stands with it alone."""

    begins_large = True

    def style(self) -> str:
        excellency = self.words["style"]["excellency"]
        alone = self.rank in HIGH and not self._royal_style() and self._stands_alone()
        return str(excellency["neutral"]) if alone else super().style()

    def before(self, titles: Sequence[str]) -> str:
        civility = self.civility()
        high = self.rank in HIGH and not self.who.has_kind("clergy")
        if not titles or not civility or not (high or self.who.has_kind("academic")):
            return super().before(titles)
        bare = [one.removeprefix(civility).removeprefix("el ").removeprefix("la ").strip() for one in titles]
        first = titles[0] if self._stands_alone() else civility
        return super().before(list(dict.fromkeys(filter(None, [first, *bare[first == titles[0] :]]))))

    def _stands_alone(self) -> bool:
        """Tell whether a title takes the civility's place, without which Excmo. can't stand either."""
        return self.who.has_kind("knight", "royal") or self.who.has_own_civility


class _RussianWriter(_FrenchWriter):
    """The addressee stands in the dative, which a sheet's words do not; degrees give way as in French.

    A name in Cyrillic would have to be inflected, which nobody does who does not know the person: so all that is said
    about it stands in the nominative.
    """

    own_words = False
    _capital = ("Посл", "Посол", "Постоянн")
    """Offices that protocol writes with a capital wherever they stand."""

    def form(self, entry: Any) -> str:
        said = super().form(entry)
        if not _CYRILLIC.search(self.who.name):
            return said
        nominative = self.words["nominative"]
        return _WORD.sub(lambda word: str(nominative.get(word[0], word[0])), said)

    def in_a_row(self, said: Sequence[str]) -> str:
        return super().in_a_row([
            one if not n or one.startswith(self._capital) else f"{one[:1].lower()}{one[1:]}"
            for n, one in enumerate(said)
        ])  # fmt: skip

    def with_subject(self, office: str, subject: str) -> str:
        return f"{office} {subject}"

    _giving_way = frozenset({"д-ру", "г-же", "г-ну", "д-р", "г-жа", "г-н"})


class _ChineseWriter(Writer):
    """The title stands behind the name, the style behind the title; what has no word in Chinese stays before it."""

    _leading = ("sheikh", "sheikha")
    """What stands before the name in Chinese too: 谢赫."""

    def named(self) -> str:
        return self.who.called

    def titled(self, name: str) -> str:
        known = self.words["titles"]
        kept = [title.written for title in self.titles() if title.key not in known]
        said = {title.key: self.form(known[title.key]) for title in self.titles() if title.key in known}
        before = "".join(said.pop(key, "") for key in self._leading)
        behind = "".join(dict.fromkeys(said.values()))
        civility = "" if before or self.who.has_own_civility else self.civility()
        return f"{before}{' '.join([*kept, name])}{behind or civility}"

    def joined(self, style: str, name: str) -> str:
        return f"{name}{style}"

    def with_subject(self, office: str, subject: str) -> str:
        return f"{office}（{subject}）"


_WRITERS: Mapping[Language, type[Writer]] = {
    Language.ENGLISH: _EnglishWriter,
    Language.FRENCH: _FrenchWriter,
    Language.SPANISH: _SpanishWriter,
    Language.ARABIC: Writer,
    Language.CHINESE: _ChineseWriter,
    Language.RUSSIAN: _RussianWriter,
}


def _one_of(kind: str, titles: Sequence[Title]) -> list[Title]:
    """Return titles without those of a kind that give way to another: `Rev. Msgr.`, `Mag. Dr.`."""
    of_kind = [title for title in titles if title.kind == kind]
    highest = min(of_kind, key=lambda title: _GIVES_WAY.get(title.key, 0), default=None)
    alone = kind == "clergy"
    return [one for one in titles if one.kind != kind or one is highest or not (alone or one.key in _GIVES_WAY)]


def _filled(words: str, said: Mapping[str, str]) -> str:
    """Put a person into words. The name goes in as it is, whatever braces it holds."""
    return _SLOT.sub(lambda slot: said[slot[1]], words)
