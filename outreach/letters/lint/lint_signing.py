"""What the check says of those who sign: logos and signatures that can't go out, headings that a language lacks."""

from collections.abc import Iterator

from outreach.errors import Problem
from outreach.letters.faces.pictures import MOST_LOGOS, MOST_LOGOS_BYTES, NoPicture, read_logos, read_picture
from outreach.letters.folder import Letter
from outreach.letters.signing.signers import Signatories
from outreach.sentences import saying

_WHY = {
    "picture.missing": saying("logo.missing", "there is no such file in the letter's folder"),
    "picture.outside": saying("logo.outside", "it does not lie in the letter's folder itself"),
    "picture.remote": saying("logo.remote", "it would be fetched from elsewhere"),
    "picture.inline": saying("logo.inline", "it is written out in the sheet, and no file"),
    "picture.too-large": saying("logo.too-large", "it is over 2 MB"),
}
_OTHER = saying("logo.unfit", "it is no PNG or JPEG that can go out")


def findings_of_signing(letter: Letter, signing: Signatories, where: str) -> Iterator[Problem]:
    """Yield what is wrong with the pictures and the headings of those who sign; `where` is the list's place."""
    shown = read_logos(letter.folder, signing.pictured)
    for one in signing.entries:
        for file in filter(None, (one.logo, one.signature)):
            if file in shown:
                continue
            try:
                read_picture(letter.folder, file)
                why = saying(
                    "logo.bounds", "a letter shows {most} of them, of {size} MB together",
                    most=MOST_LOGOS, size=MOST_LOGOS_BYTES // 1024**2,
                )  # fmt: skip
            except NoPicture as error:
                why = _WHY.get(error.code, _OTHER)
            except (OSError, ValueError):
                why = _WHY["picture.missing"]
            yield Problem(
                "signatories.logo", "the picture {file!r} of {name!r} is not shown: {why}", file=file, name=one.name,
                why=why, where=where, remedy="Put a PNG or JPEG of that name into the letter's folder.",
            )  # fmt: skip
    for category, language in signing.without_heading(letter.languages):
        yield Problem(
            "signatories.heading", "the heading {category!r} stands as it is in {language}", category=category,
            language=language, where=where,
            remedy="Say it in that language, or in a column Category ({language}) of the sheet.",
        )  # fmt: skip
