"""What a seed makes that is the same in every seed: worked out once a process, and taken as it is from then on.

Each is a function of what it is given alone (a letter's files, a text, the bytes of a mail), and asks neither the
database nor the clock: what the laws are about never is one of these. That a seed comes to the same story without
them is a test.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import Any
from unittest import mock

from outreach.campaigns import approve, compose, follow_up, lint_campaign, two_people
from outreach.letters.folder import Letter, load_letter
from outreach.letters.lint import lint_reading
from outreach.letters.lint.lint_letter import structure_of, words_of
from outreach.letters.lint.lint_words import hits_in
from outreach.letters.merge import Merger
from outreach.letters.reading import read_letter
from outreach.settings import Settings
from outreach.witness import installation, standing

_MOST = 5000


def _of_letter(function: Callable[..., Any], key: Callable[..., Hashable] = lambda *_args, **_named: ()) -> Any:
    """A function of a letter, which has no hash: there is one object of each (`load_letter`), and it is kept."""
    known: dict[Hashable, tuple[Letter, Any]] = {}

    def kept(letter: Letter, *args: Any, **named: Any) -> Any:
        place = (id(letter), key(*args, **named))
        if place not in known:
            made = function(letter, *args, **named)
            known[place] = letter, tuple(made) if isinstance(made, Iterator) else made
        return known[place][1]

    return kept


def _of_settings(function: Callable[[Settings], Any]) -> Any:
    """A function of the settings' state directory, which stays for as long as the world does."""
    known: dict[str, Any] = {}

    def kept(settings: Settings) -> Any:
        if settings.state_dir not in known:
            known[settings.state_dir] = function(settings)
        return known[settings.state_dir]

    return kept


def _merger_key(*, campaign: str, moment: Any, tz: Any, signatories: Any) -> Hashable:
    return campaign, moment.astimezone(tz).date(), repr(signatories)


class Kept:
    """The functions, with what they have given so far."""

    def __init__(self) -> None:
        hits = lru_cache(_MOST)(lambda *given: tuple(hits_in(*given)))
        letter = lru_cache(load_letter)
        self._instead: list[tuple[Any, str, Any]] = [
            (approve, "load_letter", letter),
            (follow_up, "load_letter", letter),
            (two_people, "load_letter", letter),
            (compose, "Merger", _of_letter(Merger, _merger_key)),
            (lint_campaign, "structure_of", _of_letter(structure_of)),
            (lint_campaign, "words_of", _of_letter(words_of, lambda today: today)),
            (lint_campaign, "read_letter", lru_cache(_MOST)(read_letter)),
            (lint_campaign, "hits_in", hits),
            (lint_reading, "hits_in", hits),
            (standing, "place_of", lru_cache(standing.place_of)),
            (standing, "installation_id", _of_settings(standing.installation_id)),
            (installation, "state_dir", _of_settings(installation.state_dir)),
            (standing, "state_dir", _of_settings(standing.state_dir)),
        ]

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Inside the block, what was made once is taken again."""
        with ExitStack() as stack:
            for module, name, function in self._instead:
                stack.enter_context(mock.patch.object(module, name, function))
            yield
