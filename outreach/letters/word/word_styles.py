"""How a letter looks in the Word file that a translator or a lawyer gets: its styles, numbering and settings.

Styles bear names of our own, by which the paragraphs are known again (WordprocessingML: ECMA-376, part 1).
"""

from outreach.vocabulary import Language

MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
HELP, SUBJECT, MARK, FIELD, STRUCK, CODE = (
    "Letter Help", "Letter Subject", "Letter Mark", "Letter Field", "Letter Struck", "Letter Code",
)  # fmt: skip
QUOTE, LIST, TABLE_HEAD, STRUCK_CODE = "Letter Quote", "Letter List", "Letter Table Head", "Letter Struck Code"
DEEPEST = 9

LOCALES = {
    Language.ENGLISH: "en-GB", Language.FRENCH: "fr-CH", Language.SPANISH: "es-ES", Language.ARABIC: "ar-SA",
    Language.CHINESE: "zh-CN", Language.RUSSIAN: "ru-RU",
}  # fmt: skip
"""The language of proofing (RFC 5646)."""


def style_id(name: str) -> str:
    """Return the id of a style of ours."""
    return name.replace(" ", "")


def proofing(language: Language) -> str:
    """Return the element that sets the language of a run's proofing."""
    locale = LOCALES[language]
    kind = {Language.ARABIC: "bidi", Language.CHINESE: "eastAsia"}.get(language, "val")
    base = "" if kind == "val" else ' w:val="en-GB"'
    return f'<w:lang{base} w:{kind}="{locale}"/>'


def styles(language: Language) -> str:
    """Return word/styles.xml."""
    fonts = '<w:rFonts w:ascii="Georgia" w:hAnsi="Georgia" w:cs="Times New Roman" w:eastAsia="Microsoft YaHei"/>'
    size = 26 if language is Language.ARABIC else 22
    paragraphs = [
        _style("paragraph", "Normal", "", '<w:spacing w:after="160" w:line="276" w:lineRule="auto"/>', default=True),
        *(
            _style(
                "paragraph", f"heading {level}", "Normal",
                f'<w:keepNext/><w:spacing w:before="280" w:after="100"/><w:outlineLvl w:val="{level - 1}"/>',
                f'<w:b/><w:bCs/><w:sz w:val="{max(30 - 3 * level, 22)}"/><w:szCs w:val="{max(32 - 3 * level, 24)}"/>',
                own_id=f"Heading{level}",
            )
            for level in range(1, 7)
        ),
        _style(
            "paragraph", HELP, "Normal",
            '<w:keepLines/><w:pBdr><w:left w:val="single" w:sz="24" w:space="8" w:color="1F4E79"/></w:pBdr>'
            '<w:shd w:val="clear" w:color="auto" w:fill="EAF1F8"/>'
            '<w:spacing w:after="320" w:line="252" w:lineRule="auto"/>',
            '<w:color w:val="1F3B57"/><w:sz w:val="18"/><w:szCs w:val="20"/>',
        ),
        _style(
            "paragraph", SUBJECT, "Normal",
            '<w:pBdr><w:bottom w:val="single" w:sz="6" w:space="6" w:color="8A8A8A"/></w:pBdr>'
            '<w:spacing w:after="320"/>',
            '<w:b/><w:bCs/><w:sz w:val="24"/><w:szCs w:val="26"/>',
        ),
        _style(
            "paragraph", MARK, "Normal",
            '<w:bidi w:val="0"/><w:spacing w:before="40" w:after="40"/><w:jc w:val="left"/>',
            f'{_MONO}<w:color w:val="6A4A00"/><w:sz w:val="16"/><w:szCs w:val="16"/>'
            '<w:shd w:val="clear" w:color="auto" w:fill="FFF4D6"/>',
        ),
        _style("paragraph", QUOTE, "Normal", '<w:ind w:left="567" w:right="567"/>', "<w:color w:val=\"333333\"/>"),
        _style("paragraph", LIST, "Normal", '<w:spacing w:after="80"/>'),
        _style("paragraph", TABLE_HEAD, "Normal", '<w:spacing w:after="40"/>', "<w:b/><w:bCs/>"),
        _style("paragraph", "footnote text", "Normal", '<w:spacing w:after="40"/>',
               '<w:sz w:val="18"/><w:szCs w:val="20"/>', own_id="FootnoteText"),
        _style("character", "footnote reference", "", "", '<w:vertAlign w:val="superscript"/>',
               own_id="FootnoteReference"),
        _style("character", "Hyperlink", "", "", '<w:color w:val="0B5394"/><w:u w:val="single"/>'),
        _style("character", FIELD, "", "",
               '<w:noProof/><w:color w:val="0B4F6C"/><w:shd w:val="clear" w:color="auto" w:fill="DCEBF5"/>'),
        _style("character", STRUCK, "", "", "<w:strike/>"),
        _style("character", STRUCK_CODE, "", "", f"{_MONO}<w:strike/><w:noProof/>"),
        _style("character", CODE, "", "", f"{_MONO}<w:noProof/>"),
    ]  # fmt: skip
    return (
        f'<w:styles xmlns:w="{MAIN}"><w:docDefaults><w:rPrDefault><w:rPr>{fonts}<w:sz w:val="{size}"/>'
        f'<w:szCs w:val="{size}"/>{proofing(language)}</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>'
        f"{''.join(paragraphs)}</w:styles>"
    )


_MONO = '<w:rFonts w:ascii="Consolas" w:hAnsi="Consolas" w:cs="Courier New"/>'


def _style(
    kind: str, name: str, based: str, paragraph: str, run: str = "", *, own_id: str = "", default: bool = False
) -> str:
    base = f'<w:basedOn w:val="{style_id(based)}"/>' if based else ""
    following = '<w:next w:val="Normal"/>' if kind == "paragraph" and name.startswith("heading") else ""
    first = ' w:default="1"' if default else ' w:customStyle="1"' if name.startswith("Letter") else ""
    inner = (f"<w:pPr>{paragraph}</w:pPr>" if paragraph else "") + (f"<w:rPr>{run}</w:rPr>" if run else "")
    head = f'<w:style w:type="{kind}"{first} w:styleId="{own_id or style_id(name)}"><w:name w:val="{name}"/>'
    return f"{head}{base}{following}<w:qFormat/>{inner}</w:style>"


def numbering(starts: list[int]) -> str:
    """Return word/numbering.xml: bullets are number 1, and each numbered list one of its own, from its first number."""
    bullets = [("bullet", "•–•"[level % 3]) for level in range(DEEPEST)]
    numbers = [("decimal", f"%{level + 1}.") for level in range(DEEPEST)]
    abstract = "".join(
        f'<w:abstractNum w:abstractNumId="{own}"><w:multiLevelType w:val="multilevel"/>'
        + "".join(
            f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/>'
            f'<w:lvlJc w:val="left"/><w:pPr><w:ind w:left="{567 * (level + 1)}" w:hanging="397"/></w:pPr></w:lvl>'
            for level, (form, text) in enumerate(levels)
        )
        + "</w:abstractNum>"
        for own, levels in enumerate((bullets, numbers))
    )
    lists = "".join(
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="1"/>'
        + "".join(
            f'<w:lvlOverride w:ilvl="{level}"><w:startOverride w:val="{start}"/></w:lvlOverride>'
            for level in range(DEEPEST)
        )
        + "</w:num>"
        for number, start in enumerate(starts, start=2)
    )
    first = '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    return f'<w:numbering xmlns:w="{MAIN}">{abstract}{first}{lists}</w:numbering>'
