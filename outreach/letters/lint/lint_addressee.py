"""A letter that goes to every mission and speaks to one person: `Dear Ambassador Holmqvist`, an address written out."""

import re
from collections.abc import Iterator, Sequence

from outreach.letters.lint.lint_hit import FIELD, Hit, flat
from outreach.letters.lint.lint_parts import ParagraphKind, Section
from outreach.missions.facts import find_state
from outreach.vocabulary import Language

_WORD = re.compile(r"[^\W\d_]+(?:\.(?=[^\W\d_]))?(?:[-][^\W\d_]+)*")
# Words that a greeting may have without naming anybody, as they begin.
_ANYBODY = {
    Language.ENGLISH: """
        dear your my his her their the excellenc royal serene highness eminence honour honor esteemed distinguished
        respected sir madam mada mr mrs ms miss mx dr prof h.e h.e. e ambassador permanent representative deputy chargé
        charge affaires a.i minister counsellor attaché president vice chair high commissioner secretary general member
        of to and or for at in on from with council human rights united nations un hrc state government delegat mission
        colleague friend all ladies gentlemen whom it may concern hello greetings good morning day afternoon geneva
        head first second third committee office partner signator everyone every expert session core group focal point
        plenipotentiary extraordinary both as well your we delegation women men""",
    Language.FRENCH: """
        cher chère chers chères votre vos notre son sa leur excellence madame mesdames monsieur messieurs mme m mlle
        l d le la les du de des et ou à au aux en ambassad représentant permanent adjoint présiden vice conseil droit
        homme membre charg affaires ministre conseill collègue ami délégu honorable bonjour qui haut commissa mission
        chef genève nations unies état gouvernement secrétaire général s.e plénipotentiaire extraordinaire toutes tous
        conf partenaire expert point session e première premier""",
    Language.SPANISH: """
        estimad distinguid excelent excelencia su sus vuestra querid señor sr sra sres don doña muy mi apreciad respetad
        a al quien corresponda el la los las de del y o e u embajad representante permanent adjunt presiden vice consejo
        derechos humanos miembro encargad negocios ministr consejer colega amig delegad honorable alto alta comisionad
        misión misiones jefe jefa ginebra naciones unidas estado gobierno secretari general s.e plenipotenciari
        extraordinari todas todos buenos días buenas tardes experto s""",
    Language.RUSSIAN: """
        уважаем многоуважаем глубокоуважаем досточтим дорог милостив ваш ваше ваша превосходительств господ
        госпож дамы дама посол послы посла представител постоянн заместител председател совет прав человек член
        временн поверенн дел министр коллег друз делег представительств чрезвычайн полномочн верховн комиссар
        здравствуйте добрый день секретар генеральн государств правительств организаци объединенн объединённ
        наци женева женеве в и или по при г эксперт все все""",
}  # fmt: skip
_ANY = {language: tuple(sorted(set(words.split()), key=len, reverse=True)) for language, words in _ANYBODY.items()}
_SHORT = 3
"""Words so short are compared as a whole."""
_ARABIC = re.compile(
    r"(?:السفيرة?|السيدة?|الدكتورة?|الأستاذة?)[ ]+(?P<name>(?!ال|لدى|في\b|و|من\b|إلى\b|لل|"
    r"رئيسة?\b|ممثلة?\b|مندوبة?\b|سفيرة?\b|أعضاء|عضو)[\u0600-\u06ff]{2,}"
    r"(?:[ ](?!المحترم|لدى|الموقر)[\u0600-\u06ff]{2,})?)"
)
_CHINESE = re.compile(r"(?:尊敬的|敬爱的|亲爱的|致)(?P<words>[\u4e00-\u9fff·]{2,16})")
_CHINESE_ANYBODY = re.compile(
    r"各位|诸位|常驻|日内瓦|联合国|人权|理事会|特命|全权|代表团|代表|大使|阁下|先生|女士|主席|副|团长|公使|参赞|"
    r"成员国?|国家|贵国|们|及|和|与|或|的|政府|同事|朋友|高级专员|秘书长|代办|临时|团|办事处|部长|外交官|处|驻|长"
)
_ADDRESS = re.compile(r"^ {0,3}:{3,}[ \t]*address[ \t]*\n(?P<words>.*?)^ {0,3}:{3,}[ \t]*$", re.MULTILINE | re.DOTALL)
_ONE_MISSION = re.compile(
    r"(?i)permanent mission of|ambassador|permanent representative|h\.\s?e\.|mission permanente (?:de|du|d['’])|"
    r"ambassad|représentante? permanent|s\.\s?e\.|misión permanente|embajad|representante permanente|"
    r"постоянн\w+ представит|посол|послу|البعثة الدائمة|السفير|سعادة|常驻代表|大使"
)
# Where a text speaks to somebody within a sentence: `we thank you, Ambassador Holm, for …`.
_SPOKEN = re.compile(
    r"""(?<!\w)(?:you|vous|ustedes|usted|[Вв]ас|[Вв]ам),[ ](?P<words>
    (?:(?:dear[ ])?(?:Mr\.?|Mrs\.?|Ms\.?|Madam|Ambassador|Excellency)
    | (?:Monsieur|Madame|Cher|Chère)(?:[ ]l['’][Aa]mbassad\w+)?
    | (?:Señora?|Embajadora?)(?:[ ]Embajadora?)? | [Гг]оспо(?:дин|жа)(?:[ ]посол)?)
    (?:[ ][A-ZÀ-ÝА-ЯЁ][\w’'-]+){1,3})(?=[,،.])""",
    re.VERBOSE,
)

_CALLED = re.compile(r"(?<!\w)يا[ ](?P<words>(?:(?:صاحب[ةه]?|سعادة|معالي|فخامة|حضرة)[ ])?[^\n،.؟]{3,40})")
"""Arabic calls whom it speaks to, within a sentence too."""


def hits_of_addressee(text: str, sections: Sequence[Section], language: Language) -> Iterator[Hit]:
    """Yield a greeting, an address or a form of address that names one person; `text` is without tags."""
    for one in sections:
        if one.branches:
            continue
        if one.part is ParagraphKind.GREETING and FIELD not in one.words:
            if name := name_in_greeting(one.words, language):
                yield Hit("words.one-addressee", flat(one.words), one.start, {"name": name})
        elif one.part in {ParagraphKind.BODY, ParagraphKind.CLOSING}:
            for match in (_CALLED if language is Language.ARABIC else _SPOKEN).finditer(one.words):
                if name := name_in_greeting(match["words"], language):
                    start = one.start + match.start("words")
                    yield Hit("words.one-addressee", flat(match["words"]), start, {"name": name})
    for match in _ADDRESS.finditer(text):
        words = match["words"].strip()
        if words and FIELD not in words and _ONE_MISSION.search(words):
            lines = [line.strip(" \\") for line in words.split("\n") if line.strip()]
            start = match.start("words") + len(match["words"]) - len(match["words"].lstrip())
            yield Hit("words.one-addressee", flat(lines[0]), start, {"name": flat(" / ".join(lines[:3]))})


def name_in_greeting(words: str, language: Language) -> str:
    """Return the person whom a greeting names; empty if it names none, or only a state."""
    words = words.split("\n", 1)[0]
    if language is Language.CHINESE:
        greeted = _CHINESE.search(words)
        left = _CHINESE_ANYBODY.sub("", greeted["words"]) if greeted else ""
        return left if 1 < len(left) < 9 and find_state(left) is None else ""
    if language is Language.ARABIC:
        named = _ARABIC.search(words)
        return named["name"] if named and find_state(named["name"]) is None else ""
    capitals = [
        match[0]
        for match in _WORD.finditer(re.sub(r"[’']", " ", words))
        if match[0][0].isupper() and not _is_anybody(match[0].casefold(), language)
    ]
    name = " ".join(capitals)
    return name if name and len(name) > 2 and find_state(name) is None and not name.isupper() else ""


def _is_anybody(word: str, language: Language) -> bool:
    return all(
        any(part == one or (len(one) > _SHORT and part.startswith(one)) for one in _ANY[language])
        for part in word.split("-")
    )
