"""What the desk remembers between two requests: what it read, only as long as nothing at all was committed to the
database; and what it made, as long as what that was made of is the same.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar, cast

from sqlalchemy import Engine

from outreach.database import Watch

Made = TypeVar("Made")
_MOST = 200
"""So many things that were read are kept at a time."""
_MOST_MADE = 20
LARGE = 500_000
"""Bytes of a mail above which it is not worth keeping."""


class Memory:
    """Keeps what was made from the database. Any commit, by whatever process, makes it forget everything.

    Where the database can't tell of commits (PostgreSQL), nothing is kept.
    """

    def __init__(self, engine: Engine, also: Callable[[], Hashable] = lambda: 0) -> None:
        """Remember for the database of an engine, as long as what `also` tells is the same too."""
        self._watch, self._also = Watch(engine), also
        self._lock = Lock()
        self._version: int | None = None
        self._beside: Hashable = None
        self._kept: dict[Hashable, Any] = {}
        self._made: OrderedDict[Hashable, Any] = OrderedDict()

    def recall(
        self, key: Hashable, make: Callable[[], Made], keep: Callable[[Made], bool] = lambda _made: True
    ) -> Made:
        """Return what is kept under a key, or else make it and keep it.

        `key` says everything that it depends on outside the database: a date, the files of a folder. What is kept is
        given to several threads: it must not be changed. `keep` may say that it is too large to be kept.
        """
        version = self._watch.version()  # before it is made: what is committed meanwhile is another version
        beside = self._also()
        with self._lock:
            if version != self._version or beside != self._beside or len(self._kept) >= _MOST:
                self._kept.clear()
                self._version, self._beside = version, beside
            elif key in self._kept:
                return cast("Made", self._kept[key])
        made = make()
        with self._lock:
            same = version == self._version and beside == self._beside
            if version is not None and same and keep(made):
                self._kept[key] = made
        return made

    def same(self, key: Hashable, make: Callable[[], Made], keep: Callable[[Made], bool] = lambda _made: True) -> Made:
        """Return what was made of the very same, or else make it and keep it for a while; no commit makes it forget.

        `key` says all that it is made of, by its content; nothing else may be read to make it. What is kept must not be
        changed. Of what is kept so, the last few are.
        """
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return cast("Made", self._made[key])
        made = make()
        if keep(made):
            with self._lock:
                self._made[key] = made
                while len(self._made) > _MOST_MADE:
                    self._made.popitem(last=False)
        return made
