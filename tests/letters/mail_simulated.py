"""A letter's HTML as two kinds of mail programs leave it, for tests and pictures."""

import re


def webmail(page: str) -> str:
    """Return the page as a web mail shows it that drops <html>, <head> and <style>, inside its own page."""
    body = re.search(r"<body[^>]*>(.*)</body>", page, re.DOTALL)
    assert body is not None
    kept = re.sub(r"<style.*?</style>|<!--.*?-->", "", body[1], flags=re.DOTALL).replace("main>", "u>")
    return f'<!DOCTYPE html><html lang="en" dir="ltr"><meta charset="utf-8"><body><div>{kept}</div></body></html>'


_NOT_WORD = (
    "max-width", "min-width", "columns", "column-count", "word-break", "white-space", "unicode-bidi", "float",
    "display",
    "padding-inline-start", "border-inline-start", "opacity",
)  # fmt: skip


def word(page: str) -> str:
    """Return the page as Word draws it: its conditional tables taken, what it does not know dropped."""
    page = re.sub(r"<!--\[if mso\]>(.*?)<!\[endif\]-->", r"\1", page, flags=re.DOTALL)
    page = re.sub(r"text-align:\s*(start|end)", "", page)
    page = re.sub(rf"(?<![\w-])(?:{'|'.join(_NOT_WORD)})\s*:[^;\"}}]*;?", "", page)
    return re.sub(r"<(?:p|div|ul|ol|li|section|blockquote|h[1-6]) [^>]*>", _without_box, page)


def _without_box(found: re.Match[str]) -> str:
    """Padding and borders live on cells."""
    return re.sub(r'(?<![a-z-])(padding|border)[a-z-]*:[^;"]*;?', "", found[0])
