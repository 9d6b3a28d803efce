"""What single mail systems write where no standard form says it: the tables in dialects.toml, read once."""

import re
import tomllib
from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def tables() -> dict[str, tuple[str, ...]]:
    """Return each table of dialects.toml."""
    rows = tomllib.loads((files(__package__) / "dialects.toml").read_text(encoding="utf-8"))
    return {name: tuple(values) for name, values in rows.items()}


def notice_subject(subject: str) -> bool:
    """Tell whether a subject is one that mail systems put over their notices. A second sign, never the only one."""
    plain = re.sub(r"^(?:\W|fwd?:|re:|\[[^\]]{0,40}\])+", "", subject.strip().lower()) if subject else ""
    return not subject.lower().startswith(("re:", "fw")) and plain.startswith(tables()["notice_subjects"])


def greets(text: str) -> bool:
    """Tell whether a text begins as a person's letter does."""
    return text[:1000].strip().lower().startswith(tables()["greetings"])
