"""The facts shipped with Outreach: states and their names, terms on the Council, working defaults.

They lie as CSV files in the folder facts/ beside this module, whose README names the sources.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from types import MappingProxyType

from outreach.text import folded
from outreach.vocabulary import Language

_FOLDER = Path(__file__).parent / "facts"
_LONGEST_NAME = 200

# What people write in a sheet and UNTERM does not.
_EVERYDAY = {
    "america": "USA", "bosnia": "BIH", "britain": "GBR", "brunei": "BRN", "burma": "MMR", "birmanie": "MMR",
    "birmania": "MMR", "cape verde": "CPV", "cap vert": "CPV", "congo brazzaville": "COG", "congo republic": "COG",
    "congo kinshasa": "COD", "congo drc": "COD", "dprk": "PRK", "dr congo": "COD", "drc": "COD", "rdc": "COD",
    "democratic republic of congo": "COD", "cote d ivoire": "CIV", "czech republic": "CZE",
    "republique tcheque": "CZE",
    "republica checa": "CZE", "east timor": "TLS", "eeuu": "USA", "ee uu": "USA", "etats unis": "USA",
    "estados unidos": "USA", "emirates": "ARE", "great britain": "GBR", "holland": "NLD", "pays bas": "NLD",
    "holy see vatican": "VAT", "教廷": "VAT",
    "ivory coast": "CIV", "costa de marfil": "CIV", "kyrgyz republic": "KGZ",
    "laos": "LAO",
    "lao pdr": "LAO", "macedonia": "MKD", "fyrom": "MKD", "micronesia": "FSM", "moldova": "MDA", "moldavie": "MDA",
    "eu delegation": "EUE", "delegation de l ue": "EUE", "delegacion de la ue": "EUE", "ue": "EUE",
    "eu mission": "EUE", "european union delegation": "EUE", "arab league": "XAL", "ligue arabe": "XAL",
    "liga arabe": "XAL", "oci": "XOI", "cicr": "XRC", "мккк": "XRC", "order of malta": "XOM",
    "sovereign order of malta": "XOM", "ordre de malte": "XOM", "ordre souverain de malte": "XOM",
    "orden de malta": "XOM", "soberana orden de malta": "XOM", "francophonie": "XOF", "la francophonie": "XOF",
    "международная организация франкофонии": "XOF", "المنظمة الدولية للفرانكفونية": "XOF",
    "netherlands the": "NLD", "pays bas les": "NLD", "paises bajos": "NLD", "paises bajos los": "NLD",
    "هولندا": "NLD",
    "荷兰": "NLD", "нидерланды": "NLD",
    "dpr korea": "PRK", "d p r korea": "PRK", "dpr of korea": "PRK", "pr china": "CHN", "p r china": "CHN",
    "pr of china": "CHN", "equat guinea": "GNQ", "eq guinea": "GNQ", "bosnia and herz": "BIH", "bosnia herz": "BIH",
    "n macedonia": "MKD", "s africa": "ZAF", "s sudan": "SSD", "s arabia": "SAU", "n zealand": "NZL",
    "c african rep": "CAF",
    "central african rep": "CAF", "dom rep": "DOM", "dominican rep": "DOM", "czech rep": "CZE", "marshall is": "MHL",
    "solomon is": "SLB", "trinidad tobago": "TTO", "antigua": "ATG", "u arab emirates": "ARE",
    "utd arab emirates": "ARE",
    "utd kingdom": "GBR", "utd states": "USA", "rd congo": "COD", "r d congo": "COD", "r d c": "COD",
    "d r c": "COD", "южная корея": "KOR", "северная корея": "PRK",
    "республика корея": "KOR",  "англия": "GBR",
    "السعودية": "SAU", "الامارات": "ARE", "الإمارات": "ARE", "كوريا الجنوبية": "KOR", "كوريا الشمالية": "PRK",
    "امريكا": "USA", "أمريكا": "USA", "بريطانيا": "GBR", "ksa": "SAU", "saudi": "SAU", "arabie saoudite": "SAU",
    "arabia saudita": "SAU", "prc": "CHN", "rsa": "ZAF", "png": "PNG", "bih": "BIH",
    "阿联酋": "ARE", "沙特": "SAU", "美国": "USA", "俄罗斯": "RUS",
    "north korea": "PRK", "n korea": "PRK", "korea north": "PRK", "coree du nord": "PRK", "corea del norte": "PRK",
    "palestine": "PSE", "papua": "PNG", "rok": "KOR", "republic of korea rok": "KOR", "russia": "RUS",
    "russie": "RUS",
    "rusia": "RUS", "royaume uni": "GBR", "reino unido": "GBR", "sao tome": "STP", "slovak republic": "SVK",
    "south korea": "KOR", "s korea": "KOR", "korea south": "KOR", "coree du sud": "KOR", "corea del sur": "KOR",
    "st kitts": "KNA", "st kitts and nevis": "KNA", "st lucia": "LCA", "st vincent": "VCT",
    "st vincent and the grenadines": "VCT", "swaziland": "SWZ", "syria": "SYR", "tanzania": "TZA", "trinidad": "TTO",
    "turkey": "TUR", "turquie": "TUR", "turquia": "TUR", "uae": "ARE", "u a e": "ARE", "uk": "GBR", "u k": "GBR",
    "united kingdom": "GBR", "united states": "USA", "us": "USA", "u s": "USA", "u s a": "USA", "vatican": "VAT",
    "vatican city": "VAT", "vietnam": "VNM", "bosnia herzegovina": "BIH", "libyan arab jamahiriya": "LBY",
    "rpdc": "PRK", "elfenbeinkuste": "CIV", "costa d avorio": "CIV", "weissrussland": "BLR", "birma": "MMR",
    "vereinigte staaten von amerika": "USA", "rpd de corea": "PRK", "кндр": "PRK", "рк": "KOR",
    "великобритания": "GBR", "соединенное королевство": "GBR", "сша": "USA",
    "оаэ": "ARE", "юар": "ZAF", "цар": "CAF", "drk": "COD", "дрк": "COD", "timor oriental": "TLS", "rca": "CAF",
    "islamic republic of the gambia": "GMB", "russian federated": "RUS", "bielorussie": "BLR", "byelorussia": "BLR",
    "bielorrusia": "BLR", "quirguistan": "KGZ", "tchequie": "CZE", "英国": "GBR", "朝鲜": "PRK", "韩国": "KOR",
    "guinea conakry": "GIN", "guinee conakry": "GIN", "conakry guinea": "GIN", "conakry guinee": "GIN",
    "fyr macedonia": "MKD", "f y r macedonia": "MKD", "f y r o m": "MKD", "arym": "MKD",
    "former yugoslav republic of macedonia": "MKD", "the former yugoslav republic of macedonia": "MKD",
    "ex republique yougoslave de macedoine": "MKD", "antigua republica yugoslava de macedonia": "MKD",
    "vatican city state": "VAT", "vr china": "CHN", "vr laos": "LAO", "dvr korea": "PRK",
    "korea rok": "KOR", "rok korea": "KOR", "korea dprk": "PRK", "dprk korea": "PRK",
    "papua n guinea": "PNG", "republic of congo": "COG", "uk and northern ireland": "GBR",
}  # fmt: skip

_IN_CAPITALS = {
    "CAR": "CAF", "RCI": "CIV", "RPC": "CHN", "RFA": "DEU", "BRD": "DEU", "EAU": "ARE", "VAE": "ARE", "EUA": "USA",
    "RMI": "MHL", "SVG": "VCT", "SKN": "KNA", "РФ": "RUS", "КНР": "CHN", "ФРГ": "DEU",
}  # fmt: skip
"""What is a state's name in short where it stands in capitals, with points or without, and may be a word elsewhere."""
_ABBREVIATED = {
    "rep": "republic", "dem": "democratic", "is": "islands", "isl": "islands", "st": "saint", "fed": "federated",
    "sts": "states",
}  # fmt: skip
_ABBREVIATED_ELSEWHERE = {
    "fr": {"rep": "republique", "dem": "democratique", "pop": "populaire", "st": "saint", "ste": "sainte"},
    "es": {"rep": "republica", "dem": "democratica", "pop": "popular", "sta": "santa", "sto": "santo"},
    "en": {"fed": "federation", "dem": "democratic", "ppl": "people s", "rep": "republic"},
}
# What a state is, before its name. `Republic of China` is the one of which the rest is another state's name.
_FORM = re.compile(
    r"^(?:the )?(?:observer )?(?:[a-z]{4,14} ){0,3}?(?:republic|kingdom|state|sultanate|principality|commonwealth"
    r"|grand duchy|federation) of (?:the )?"
    r"|^(?:la |le |l )?(?:republique|royaume|etat|principaute|sultanat|grand duche|confederation|federation)"
    r"(?: [a-z]{4,14}){0,2}? (?:de la |de l |du |des |de |d )"
    r"|^(?:la |el )?(?:republica|reino|estado|principado|sultanato|gran ducado|confederacion|federacion)"
    r"(?: [a-z]{4,14}){0,2}? (?:de la |de los |de las |del |de )"
    r"|^(?:a |o )?(?:republica|reino|estado|principado) (?:da |do |de |dos |das )"
    r"|^(?:la |il )?(?:repubblica|regno|stato|principato) (?:di |del |della |dell |dei |d )"
    r"|^(?:der |des |die |das )?(?:bundes|volks)?(?:republik|konigreichs?|furstentums?|grossherzogtums?"
    r"|staate?s?) (?:der )?"
    r"|^(?:het )?(?:koninkrijk|republiek) (?:der )?"
    r"|^(?:республика|королевство|государство|جمهورية|دولة|مملكة|سلطنة) "
)
_OTHERS_OWN = {
    "republic of china", "people s republic of korea", "democratic people s republic of korea", "republique de chine",
    "republica de china", "republica da china", "repubblica di cina", "republik china",
}  # fmt: skip
_FORMERLY = {
    "zaire": "COD", "republic of zaire": "COD", "upper volta": "BFA", "haute volta": "BFA", "alto volta": "BFA",
    "ceylon": "LKA", "ceylan": "LKA", "ceilan": "LKA", "dahomey": "BEN", "dahome": "BEN", "western samoa": "WSM",
    "samoa occidental": "WSM", "samoa occidentales": "WSM", "samoa occidentale": "WSM", "siam": "THA",
    "persia": "IRN", "perse": "IRN", "rhodesia": "ZWE", "rhodesie": "ZWE", "southern rhodesia": "ZWE",
    "northern rhodesia": "ZMB", "basutoland": "LSO", "bechuanaland": "BWA", "nyasaland": "MWI", "gold coast": "GHA",
    "british honduras": "BLZ", "dutch guiana": "SUR", "british guiana": "GUY", "new hebrides": "VUT",
    "nouvelles hebrides": "VUT", "nuevas hebridas": "VUT", "ellice islands": "TUV", "gilbert islands": "KIR",
    "kampuchea": "KHM", "democratic kampuchea": "KHM", "khmer republic": "KHM", "tanganyika": "TZA", "moldavia": "MDA",
    "kirghizia": "KGZ", "kirghizistan": "KGZ", "turkmenia": "TKM", "portuguese guinea": "GNB", "spanish guinea": "GNQ",
    "abyssinia": "ETH", "abyssinie": "ETH", "abisinia": "ETH", "trucial states": "ARE", "transjordan": "JOR",
    "transjordanie": "JOR", "malagasy republic": "MDG", "republique malgache": "MDG", "french sudan": "MLI",
    "oubangui chari": "CAF", "ubangi shari": "CAF", "central african empire": "CAF", "south west africa": "NAM",
    "serbia and montenegro": "SRB", "serbie et montenegro": "SRB", "serbia y montenegro": "SRB",
    "заир": "COD", "верхняя вольта": "BFA", "цейлон": "LKA", "дагомея": "BEN", "бирма": "MMR", "сиам": "THA",
    "персия": "IRN", "زائير": "COD", "سيلان": "LKA", "扎伊尔": "COD", "锡兰": "LKA", "上沃尔特": "BFA",
}  # fmt: skip
"""What states were called that have one successor. Czechoslovakia, Yugoslavia and the Soviet Union have several."""
_MORE_LANGUAGES = (
    "en", "fr", "es", "ar", "ru", "zh", "de", "it", "pt", "nl", "pl", "sv", "da", "nb", "fi", "cs", "tr", "uk",
    "ja", "ko", "id", "ro", "hu", "el", "he", "fa", "hr", "sr", "bg", "sk", "ca",
)  # fmt: skip
_ARTICLE = re.compile(r"^(?:(?:the|la|les?|el|los|las) |l['’])")
_FOLDED_ARTICLE = re.compile(r"^(?:the|la|les?|l|el|los|las|die|der|il|gli|os?|as) ")
_BRACKETED = re.compile(r"([^()]{1,100})\(([^()]{1,100})\)")
# What a page says of a state whose rows began on the one before.
_CONTINUED = re.compile(
    r"\s{0,3}\((?:continued|cont[.'’]?d?|suite|cont\.|continuación|продолжение|تابع|续)\.?\)", re.IGNORECASE
)
_OF_WHAT_KIND = re.compile(
    r"\s{0,3}\((?:(?:apostolic )?nunciature|nonciature(?: apostolique)?|nunciatura(?: apostólica)?|embassy|"
    r"(?:permanent )?(?:observer )?(?:mission|delegation)|(?:mission|délégation)(?: permanente)?|"
    r"(?:misión|delegación)(?: permanente)?)\)\s{0,3}$",
    re.IGNORECASE,
)
"""What it is that a state has there: `Holy See (Apostolic Nunciature)`."""
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
"""Two regional indicators: the flag of the state with that code of two letters (UTS 51)."""
_LINKED = re.compile(r"\s{0,3}[(<]https?://[^\s)>]{1,500}[)>]\s{0,3}$")
"""Where a page leads to, behind its name, as programs of notes export it."""
_SAID_OF_STATES = {
    "weog", "grulac", "eeg", "apg", "ag", "african", "asia", "asian", "pacific", "group", "eu", "member", "members",
    "membre", "miembro", "observer", "observateur", "observador", "state", "etat", "estado", "of", "the", "du",
    "del", "de", "hrc", "council", "conseil", "consejo", "former", "new", "until", "since", "term", "geneva",
    "geneve", "ginebra", "chair", "bureau",
}  # fmt: skip
"""What stands behind a state's name and is no part of it: `Kenya (member until 2027)`, `Peru – observer`."""
_PARTED = re.compile(
    r"[/|\n]|(?<=\w)\s{0,3}[(\[]|[)\]]$| [-–—] |"
    r",\s{1,3}(?=(?:ex|former|formerly|now|previously|anciennement|antes|antiguamente|ehemals|früher|ранее|ныне)\b)",
    re.IGNORECASE,
)
_ALSO_CALLED = re.compile(
    r"(?:formerly|former|previously|now|currently|also|aka|a\.k\.a\.|(?:also )?(?:known as|called)|ex|anciennement|"
    r"ancien(?:ne)?|autrefois|maintenant|désormais|antes|antiguamente|anteriormente|ahora|ehemals|früher|jetzt|vormals|"
    r"ранее|бывш\w{1,4}|ныне|سابقا|前称|原称|原)(?:[\s:.-]{1,3}|(?<=[称原]))(?=\w)",
    re.IGNORECASE,
)
"""What stands before another name of the same state, and before a name that it had."""
_LONGEST_ACRONYM = 5
_LINKS = frozenset({
    "of", "and", "the", "de", "la", "le", "les", "l", "d", "du", "des", "del", "los", "las", "el",
})  # fmt: skip
_FORMS = frozenset({
    "republic", "democratic", "peoples", "federal", "federated", "states", "state", "islamic", "kingdom", "united",
    "plurinational", "bolivarian", "arab", "socialist", "cooperative", "republique", "democratique", "populaire",
    "federale", "etats", "etat", "islamique", "royaume", "unie", "federes", "bolivarienne", "arabe", "socialiste",
    "republica", "democratica", "popular", "federados", "estados", "estado", "islamica", "reino", "unida",
    "plurinacional", "bolivariana",
})  # fmt: skip
"""What says which kind of a state it is, in formal names."""
_BRACKETED_LINK = re.compile(r"\s{0,9}\((?:the|la|le|les|l['’]|el|los|las)\)$", re.IGNORECASE)
_NUMBERED = re.compile(
    r"\s{0,9}(?:n[o°º]\.?\s?\d{1,3}\s?[:.–-]?|[(\[]\d{1,3}[)\]]|\d{1,3}\s?[.)]|\d{1,3}\s[–—-])\s{1,9}(?=[^\W\d]{4})",
    re.IGNORECASE,
)
"""The number of a row, written before a name; `(2): France` is another's, a count of votes."""

# What stands before and behind a state's name where a column names missions: `Permanent Mission of France to the UN`.
_MISSION_OF = re.compile(
    r"^(?:l )?ambassade (?:de la |de l |du |des |de |d )|^(?:la )?embajada (?:de la |de los |del |de )"
    r"|^(?:постоянное |постоянная )?(?:представительство|посольство|миссия) "
    r"|^(?:la )?delegation (?:de la |de l |du |des |de |d )|^(?:la )?delegacion (?:de la |de los |del |de )"
    r"|^(?:la )?(?:mission|delegation|representation) permanente? (?:de la |de l |du |des |de |d )"
    r"|^(?:la )?(?:mision|delegacion|representacion) permanente (?:de la |de los |del |de )"
    r"|^(?:a )?(?:missao|representacao) permanente (?:da |do |dos |das |de )|^embaixada (?:da |do |dos |das |de )"
    r"|^(?:la )?(?:missione|rappresentanza) permanente (?:della |dell |del |dei |degli |delle |di |d )"
    r"|^(?:die )?(?:(?:standige )?(?:vertretung|botschaft)|standige mission) (?:der |des |von )?"
    r"|^(?:de )?(?:permanente )?(?:vertegenwoordiging|missie) van (?:de |het )?"
    r"|^(?:the )?(?:(?:permanent )?(?:observer )?(?:mission|delegation|representation)|embassy)(?: of| to)? (?:the )?"
)
_ITS_MISSION = re.compile(
    r"(?: s)? (?:permanent )?(?:observer )?(?:mission|embassy|delegation|representation)(?: in| at)?"
    r"(?: geneva| new york| vienna| un| unog)?$"
)
_UN = r"(?:u n|un|u n o|uno|unog|united nations)"
_TO_THE_UN = re.compile(
    rf" (?:to|at|with|accredited to) (?:the )?(?:office of the )?{_UN}\b.*$"
    r"| aupres (?:de l |des |du )(?:onu|onug|office|nations|siege)\b.*$"
    r"| ante (?:la onu|las naciones|la oficina|los organismos)\b.*$"
    r"| junto (?:as|a|ao|da|das|do) (?:nacoes|onu|escritorio|gabinete)\b.*$| presso (?:le nazioni|l onu|l ufficio)\b.*$"
    r"| bei (?:den|dem|der) (?:vereinten|buro|uno|un|internationalen)\b.*$| bij de (?:verenigde|vn)\b.*$"
    r"| при (?:отделении|оон|организации|организациях|ооон|женевском)\b.*$| в женеве$"
    r"|,? (?:in |a |en |em |in der )?(?:geneva|geneve|ginebra|genebra|ginevra|genf)$"
)
_IN_ARABIC = re.compile(rf"^(?:{folded('ال')})?{folded('بعثة')}(?: {folded('الدائمة')})? |^{folded('سفارة')} ")
_TO_THE_UN_IN_ARABIC = re.compile(rf" (?:{folded('الدائمة')} ?)?(?:{folded('لدى')} .*)?$")
_IN_CHINESE = re.compile(r"(?:常驻|驻(?:联合国|日内瓦)).*$|(?:代表团|使团|大使馆|代表处)$")


def _of_which_mission(asked: str) -> str:
    """Return the name that stands in what a mission is called, folded, in the languages that missions write.

    In Arabic the preposition is written together with the name, and swallows the first letter of its article.
    """
    rest = _TO_THE_UN.sub("", _MISSION_OF.sub("", asked))
    if asked.isascii():
        named = rest.removesuffix("s")  # in German the name stands in the genitive: Ständige Vertretung Serbiens
        return named if named != rest and "vertretung" in asked and not _known_as(rest) else rest
    if (arabic := _IN_ARABIC.sub("", rest)) != rest:
        name = _TO_THE_UN_IN_ARABIC.sub("", arabic)
        with_article = f"ال{name[2:]}"
        return with_article if name.startswith("لل") and _known_as(with_article) else name.removeprefix("ل")
    return _IN_CHINESE.sub("", rest)


@dataclass(frozen=True, slots=True)
class UnState:
    """A member state or observer state of the United Nations, or a body that has a delegation there."""

    iso3: str
    iso2: str
    """Of a body, its abbreviation: `EU`, `ICRC`."""
    status: str
    """`member state` or `observer state`; of a body `delegation`, `observer organisation` or `organisation`."""
    regional_group: str
    """The group in which it stands for election; empty for the two observer states."""
    short_names: Mapping[Language, str]
    formal_names: Mapping[Language, str]

    def short(self, language: Language | str) -> str:
        """Return the short name as UNTERM writes it, the article in brackets behind it: `France (la)`."""
        return self.short_names[Language(language)]

    def formal(self, language: Language | str) -> str:
        """Return the formal name as UNTERM writes it, with its article: `la République française`."""
        return self.formal_names[Language(language)]


@dataclass(frozen=True, slots=True)
class ShippedTerm:
    """A state's term on the Human Rights Council: whole calendar years, first and last included."""

    iso3: str
    first_year: int
    last_year: int


@dataclass(frozen=True, slots=True)
class Correspondence:
    """How a mission is written to until it says otherwise: an editorial working default."""

    language: Language
    city: str
    time_zone: str


@cache
def states() -> Mapping[str, UnState]:
    """Return the 195 states by ISO 3166-1 alpha-3 code, in the order of the code."""
    found = {row["iso3"]: _state(row) for row in _rows("states.csv")}
    return MappingProxyType(dict(sorted(found.items())))


@cache
def addressees() -> Mapping[str, UnState]:
    """Return all that can be written to, by code: the 195 states, and bodies with a delegation of their own."""
    return MappingProxyType({**states(), **{row["iso3"]: _state(row) for row in _rows("bodies.csv")}})


@cache
def bodies() -> Mapping[str, UnState]:
    """Return what can be written to and is no state, by code: the European Union's delegation and organisations."""
    return MappingProxyType({code: one for code, one in addressees().items() if code not in states()})


@dataclass(frozen=True, slots=True)
class RussianCases:
    """A state's name as Russian declines it: the short one, but for `formal_genitive`."""

    genitive: str
    dative: str
    within: str
    """With its preposition: `во Франции`, `на Кубе`."""
    formal_genitive: str


@cache
def russian_cases() -> Mapping[str, RussianCases]:
    """Return the declined names of all that can be written to, by code."""
    rows = _rows("russian_cases.csv")
    return MappingProxyType(
        {row["iso3"]: RussianCases(row["genitive"], row["dative"], row["in"], row["formal_genitive"]) for row in rows}
    )


@cache
def shipped_terms() -> tuple[ShippedTerm, ...]:
    """Return the terms on the Human Rights Council, by state and first year."""
    rows = _rows("hrc_terms.csv")
    found = [ShippedTerm(row["iso3"], int(row["first_year"]), int(row["last_year"])) for row in rows]
    return tuple(sorted(found, key=lambda term: (term.iso3, term.first_year)))


@cache
def correspondence() -> Mapping[str, Correspondence]:
    """Return language, city and IANA time zone of each mission by ISO3: working defaults, not official facts."""
    rows = _rows("correspondence.csv")
    known = {row["iso3"]: Correspondence(Language(row["language"]), row["city"], row["time_zone"]) for row in rows}
    bodies = dict.fromkeys(
        addressees().keys() - known.keys(), Correspondence(Language.ENGLISH, "Geneva", "Europe/Zurich")
    )
    return MappingProxyType({**known, **bodies})


def names_a_mission(text: str) -> bool:
    """Tell whether a text is what a mission is called, whether or not its state is known: `Vertretung Ruritaniens`."""
    asked = folded(text) if len(text) <= _LONGEST_NAME else ""
    return _MISSION_OF.match(asked) is not None or _ITS_MISSION.search(asked) is not None


def find_state(text: str) -> UnState | None:
    """Return the state that is meant by an ISO code (two or three letters) or a name in one of the six languages.

    Case, accents, punctuation and spaces do not matter (`Cote dIvoire`), nor the order (`Korea, Republic of`), nor
    that it is the name of its mission (`Permanent Mission of France`). Nothing is taken for a state by likeness.
    """
    if len(text) <= 4 * _LONGEST_NAME:
        return _find(text)
    return None if len(folded(text)) > _LONGEST_NAME else _find.__wrapped__(text)  # too long to be kept


@lru_cache(maxsize=4096)
def _find(text: str) -> UnState | None:
    text = _OF_WHAT_KIND.sub("", _LINKED.sub("", _CONTINUED.sub("", text))) if "(" in text or "<" in text else text
    if _FLAG.fullmatch(text.strip()):
        text = "".join(chr(ord(one) - 0x1F1E6 + ord("A")) for one in text.strip())
    asked = folded(text)
    if not asked or len(asked) > _LONGEST_NAME:
        return None
    found = _found(text, asked) or _in_two_languages(text)
    if found is None and (numbered := _NUMBERED.match(text)) is not None:
        return _find.__wrapped__(text[numbered.end() :])
    return found


def _in_two_languages(text: str) -> UnState | None:
    """Return the state that a name and its translation mean both: `Mauritius / Maurice`; or what is said of it.

    A name of before counts as well: `Eswatini (formerly Swaziland)`.
    """
    whole = [part.strip() for part in _PARTED.split(text) if part.strip()]
    parts = [_ALSO_CALLED.sub("", part) for part in whole if not _is_said_of(part)]
    if not parts or not 2 <= len(whole) <= 4:
        return None
    found = [_found(part, folded(part)) or formerly(part) for part in parts]
    return found[0] if all(one is not None and one is found[0] for one in found) else None


def _found(text: str, asked: str) -> UnState | None:
    return (
        _known_as(asked)
        or _acronym(text)
        or _known_as(_turned_round(text))
        or _known_as(_of_which_mission(asked))
        or next(
            (
                found
                for name in filter(None, (text, _turned_round(text)))
                for words in (_ABBREVIATED, *_ABBREVIATED_ELSEWHERE.values())
                if (found := _known_as(_written_out(name, words)))
            ),
            None,
        )
        or _without_its_form(text)
        or _by_everyday_name().get(_of_which_mission(asked))
        or _without_article(asked)
        or _of_its_mission(asked)
        or _by_bare_name().get(_bare(_written_out(text)))
    )


def _acronym(text: str) -> UnState | None:
    """Return the state that capitals mean, with their points or without: `C.A.R.`, `P.N.G.`, `EAU`."""
    letters = text.replace(".", "").replace(" ", "")
    if not letters.isupper() or len(letters) > _LONGEST_ACRONYM:
        return None
    code = _IN_CAPITALS.get(letters) or _EVERYDAY.get(letters.lower() if len(letters) >= len("ISO3") - 1 else "")
    return addressees()[code] if code else None


def _bare(name: str) -> str:
    """Return a folded name without what only links its words, and with initials in one: `ir iran`."""
    words = name.replace("people s", "peoples").split()
    kept: list[str] = []
    for is_initials, run in groupby(words, key=lambda word: len(word) == 1):
        letters = list(run)
        if is_initials and len(letters) > 1:
            kept.append("".join(letters))
        else:
            # A letter in front of a name, such as the vote in a list of them, is no link.
            kept += [word for word in letters if word not in _LINKS or (len(word) == 1 and not kept)]
    return " ".join(kept)


@cache
def _by_bare_name() -> Mapping[str, UnState]:
    """Each state by its names without their links, and with what it is in initials: `Congo Dem. Rep.`, `I.R. Iran`."""
    found: dict[str, str] = {}
    for state in states().values():
        for language in (Language.ENGLISH, Language.FRENCH, Language.SPANISH):
            for name in (state.short(language), state.formal(language)):
                words = _bare(_written_out(_BRACKETED_LINK.sub("", name))).split()
                rest = [word for word in words if word not in _FORMS]
                forms = [word for word in words if word in _FORMS]
                if not rest or not forms:
                    continue
                initials = "".join(word[0] for word in forms)
                for key in (words, [*rest, *forms], [initials, *rest], [*rest, initials]):
                    said = " ".join(key)
                    found[said] = state.iso3 if found.get(said, state.iso3) == state.iso3 else ""
    return MappingProxyType({name: states()[code] for name, code in found.items() if code})


def _of_its_mission(asked: str) -> UnState | None:
    """Return the state whose name stands before what it has: `New Zealand Permanent Mission Geneva`."""
    rest = _ITS_MISSION.sub("", _TO_THE_UN.sub("", asked))
    return _known_as(rest) if rest != asked and len(rest) >= len("ISO3") else None


def _without_article(asked: str) -> UnState | None:
    """Return the state that a name with its article means: `la Norvège`, `el Perú`, `l'Uruguay`."""
    rest = _FOLDED_ARTICLE.sub("", asked)
    if rest == asked or len(rest) < len("ISO3"):
        return None
    return _known_as(rest) or _by_everyday_name().get(rest)


def _without_its_form(text: str) -> UnState | None:
    """Return the state of which a name says what it is: `State of Eritrea`, `Países Bajos (Reino de los)`."""
    for name in (
        _of_which_mission(folded(text)),
        *(_written_out(text, words) for words in _ABBREVIATED_ELSEWHERE.values()),
    ):
        rest = _FORM.sub("", name)
        if rest == name or name in _OTHERS_OWN or len(rest) <= len("ISO3"):
            continue
        if found := _known_as(rest) or _by_everyday_name().get(rest):
            return found
    return None


def _known_as(asked: str) -> UnState | None:
    return _by_any_name().get(asked) or _by_squeezed_name().get(asked.replace(" ", ""))


def _turned_round(text: str) -> str:
    """Return `Korea, Republic of` as `republic of korea`; empty for a text without one comma."""
    name, comma, before = text.partition(",")
    return folded(f"{before} {name}") if comma and "," not in before else ""


def _written_out(text: str, words: Mapping[str, str] = MappingProxyType(_ABBREVIATED)) -> str:
    """Return a name without abbreviations, brackets turned round: `Dem. Rep. of the Congo`, `Gambia (Republic of The)`.

    What stands in brackets is left out only where it is a regional group: it may be what tells two states apart.
    """
    bracketed = _BRACKETED.fullmatch(text.strip(" *\t\n0123456789"))
    name, inner = (bracketed[1], bracketed[2]) if bracketed else (text, "")
    before = "" if _is_said_of(inner) else inner
    parts = folded(f"{before} {name}".replace("&", " and ")).split()
    return " ".join(words.get(part, part) for part in parts).removeprefix("the ")


def _is_said_of(text: str) -> bool:
    """Tell whether words only say something of a state: its group, its term, that it observes."""
    words = folded(text).split()
    return bool(words) and all(word in _SAID_OF_STATES or word.isdecimal() for word in words)


@cache
def _by_any_name() -> Mapping[str, UnState]:
    """Each state by everything it is called, folded."""
    found: dict[str, UnState] = {}
    for state in addressees().values():
        for name in (*state.short_names.values(), *state.formal_names.values()):
            plain = name.partition("(")[0]
            for known in (name, plain, _ARTICLE.sub("", plain)):
                found.setdefault(folded(known), state)
    for iso3, cases in russian_cases().items():
        for name in (cases.genitive, cases.formal_genitive):
            if name and iso3 in addressees():
                found.setdefault(folded(name), addressees()[iso3])
    found.update({name: addressees()[iso3] for name, iso3 in _EVERYDAY.items()})
    # A code goes before a name.
    found.update({folded(state.iso2): state for state in states().values()})
    found.update({folded(state.iso3): state for state in addressees().values()})
    for body in bodies().values():
        found.setdefault(folded(body.iso2), body)
        english = body.short("en").partition("(")[0]
        found.setdefault(folded(f"{english} {body.iso2}"), body)
        found.setdefault(folded(english.replace("Organisation", "Organization")), body)  # as the UN spells it
    found.pop("", None)
    return MappingProxyType(found)


@cache
def by_m49() -> Mapping[int, UnState]:
    """Return each state by its number in the UN's M49 standard, which is that of ISO 3166-1 too."""
    return MappingProxyType({int(row["m49"]): states()[row["iso3"]] for row in _rows("m49.csv")})


def formerly(text: str) -> UnState | None:
    """Return the one state that succeeded to a name which nobody bears any more, such as Zaire: a person is asked."""
    code = _formerly().get(folded(text)) if len(text) < _LONGEST_NAME else None
    return states()[code] if code else None


@cache
def _formerly() -> Mapping[str, str]:
    return MappingProxyType({folded(name): code for name, code in _FORMERLY.items()})


def names_a_state(text: str) -> bool:
    """Tell whether a text is a state's name or code as it stands: what `find_state` reads first, for very many."""
    return folded(text) in _by_any_name()


@cache
def _by_everyday_name() -> Mapping[str, UnState]:
    """Each state by what it is called in further languages (CLDR); a name that two of them have is none."""
    from babel import Locale

    by_code = {state.iso2: state for state in states().values()}
    found: dict[str, str] = {}
    for language in _MORE_LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            key = folded(name)
            found[key] = code if found.get(key, code) == code else ""
    return MappingProxyType({name: by_code[code] for name, code in found.items() if code in by_code})


@cache
def _by_squeezed_name() -> Mapping[str, UnState]:
    """The same without spaces, for names long enough not to be a code by accident."""
    names = {name.replace(" ", ""): state for name, state in _by_any_name().items()}
    return MappingProxyType({name: state for name, state in names.items() if len(name) > len("ISO3")})


def _state(row: Mapping[str, str]) -> UnState:
    return UnState(
        iso3=row["iso3"],
        iso2=row["iso2"],
        status=row["status"],
        regional_group=row["regional_group"],
        short_names=MappingProxyType({language: row[f"short_{language.value}"] for language in Language}),
        formal_names=MappingProxyType({language: row[f"formal_{language.value}"] for language in Language}),
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
