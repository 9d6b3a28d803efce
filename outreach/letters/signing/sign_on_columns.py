"""What the columns of a sign-on sheet hold, by their headings: ours, or the questions of a web form in six languages.

A heading that is one of ours, or what people call it,
    is sure. A question is understood by its words: "Name and title of
the person signing" is a person, "May we list you publicly?" is what is obeyed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from outreach.text import folded
from outreach.vocabulary import Language


class SignOnField(StrEnum):
    """What a column of a sign-on sheet can hold."""

    KIND = "kind"
    NAME = "name"
    """Of whoever signs; whether of a person or an organisation, other columns say."""
    ORGANISATION = "organisation"
    PERSON = "person"
    """A person, who signs or represents the organisation."""
    FIRST = "first"
    LAST = "last"
    TITLE = "title"
    AFFILIATION = "affiliation"
    ACRONYM = "acronym"
    COUNTRY = "country"
    WEBSITE = "website"
    LOGO = "logo"
    SIGNATURE = "signature"
    """The file of a scanned signature."""
    CATEGORY = "category"
    """A kind, or the coalition's own heading."""
    SORT_AS = "sort_as"
    REPRESENTATIVE = "representative"
    SIGNED_ON = "signed_on"
    CONSENT = "consent"
    SECRET = "secret"  # noqa: S105  (a column's name)
    """A yes means that the name is not to be shown."""
    ENDORSES = "endorses"
    STATUS = "status"


COLUMNS: Mapping[str, tuple[str, ...]] = {
    "kind": ("Kind", "type", "tipo", "genre"),
    "category": ("Category", "catégorie", "categoría", "категория", "الفئة", "类别", "heading", "section"),
    "name": ("Name", "full name", "signatory", "names", "nom", "nombre", "signataire", "firmante"),
    "title": ("Title", "position", "function", "titre", "fonction", "título", "cargo"),
    "affiliation": ("Affiliation", "institution", "afiliación", "institución"),
    "acronym": ("Acronym", "abbreviation", "short name", "sigle", "acronyme", "sigla", "acrónimo"),
    "country": ("Country", "pays", "país"),
    "website": ("Website", "web site", "url", "site", "site web", "sitio web"),
    "logo": ("Logo", "logo file"),
    "signature": ("Signature file", "scanned signature", "signature scannée", "firma escaneada"),
    "sort_as": ("Sort as", "sort", "family name for sorting"),
    "signed_on": ("Signed on", "signed", "date", "date signed", "signé le", "firmado el"),
    "representative": ("Represented by", "representative"),
}
"""Field: the headers it may have, the first being the one that we write ourselves."""

SIGN_ON_KINDS: Mapping[str, str] = {
    "name": "Name", "organisation": "Organisation", "person": "Person", "first": "First name", "last": "Last name",
    "representative": "Represented by", "title": "Title", "affiliation": "Affiliation", "acronym": "Acronym",
    "country": "Country", "kind": "Person or organisation", "category": "Heading in the list", "website": "Website",
    "logo": "File of the logo", "signature": "File of the signature", "sort_as": "Sorted as",
    "signed_on": "Day of signing", "endorses": "Whether they sign: yes, no",
    "consent": "Whether they may be listed: yes, no", "secret": "Whether they are to be left out: yes, no",
    "status": "Status, such as confirmed or withdrawn", "none": "Not read",
}  # fmt: skip
"""What a column can be taken for, by the name that a mapping has for it."""

_EXACT: Mapping[SignOnField, tuple[str, ...]] = {
    SignOnField.ORGANISATION: ("organisation", "organization", "organisations", "organizations", "organización", "ngo",
        "ong", "organisation name", "organization name", "name of organisation", "name of organization", "company",
        "организация", "المنظمة", "组织", "机构", "nom de l'organisation", "nombre de la organización", "group"),
    SignOnField.PERSON: ("individual", "person", "your name", "personne", "persona", "фио", "имя и фамилия", "姓名",
        "name of representative", "signer", "name of signer", "nom et prénom", "prénom et nom", "nombre y apellidos",
        "nombre completo", "nom complet"),
    SignOnField.FIRST: ("first name", "given name", "given names", "forename", "prénom", "prénoms", "nombres", "имя",
        "الاسم الأول", "名"),
    SignOnField.LAST: ("last name", "surname", "family name", "nom de famille", "apellido", "apellidos", "фамилия",
        "اسم العائلة", "姓"),
    SignOnField.SIGNED_ON: ("timestamp", "completion time", "submitted", "submission date", "submitted at",
    "submit date",
        "created at", "created", "date created", "submission time", "horodateur", "marca temporal", "отметка времени",
        "طابع زمني", "时间戳记", "zeitstempel", "hora de finalización", "heure de fin", "date submitted", "action date",
        "время завершения", "完成时间", "signature date", "date of signature", "fecha", "дата", "التاريخ", "日期"),
    SignOnField.NAME: ("название", "имя подписавшего", "الاسم", "名称", "signatory name", "name of signatory",
    "подписант"),
    SignOnField.TITLE: ("job title", "role", "должность", "المنصب", "职务", "职位", "puesto", "poste"),
    SignOnField.COUNTRY: ("страна", "البلد", "الدولة", "国家", "country region"),
    SignOnField.STATUS: ("status", "statut", "estado de la firma", "статус", "الحالة", "状态", "withdrawn"),
    SignOnField.CONSENT: ("public", "listed", "consent", "publish", "may be listed"),
    SignOnField.SECRET: ("anonymous", "private", "anonyme", "anónimo"),
}  # fmt: skip

_NAMES = (
    r"\b(?:names?|noms?|nombres?|название|наименование|имя|фио|denominacion|intitule|razon social)\b|اسم|名称|姓名|名字"
)
_ORG = (
    r"\b(?:organi[sz]ations?|organismes?|organizacion(?:es)?|ngos?|ongs?|associations?|asociacion(?:es)?|coalitions?|"
    r"entit(?:y|ies)|entidad(?:es)?|entite|network|groups?|bod(?:y|ies)|institutions?|institucion|compan(?:y|ies)|"
    r"collecti(?:ve|f|vo)|организаци\w*|объединени\w*)\b|منظم|الجهة|المؤسسة|组织|机构|团体"
)
_PERSON = (
    r"\b(?:person|personne|persona|signer|individual|representati(?:ve|f)|representante?s?|representant|authori[sz]ed|"
    r"contact|director|head|full name|your name|who|quien|qui|spokesperson|first and last|представител\w*|"
    r"подписывающ\w*|лица|лицо|подписант\w*)\b|ممثل|الموقع|代表|签署人|联系人"
)
_ORG_SIGNS = (
    r"\b(?:signator(?:y|ies)|signing|endorsing|participating|sign on|signataires?|firmantes?|подписывающ\w*)"
    r" (?:organi[sz]|ngo|ong|group|entit|организаци)|"
    r"\b(?:organi[sz]ation|organizacion|ong|организаци\w*) (?:signataire|firmante|подписант)"
)
_RULES: tuple[tuple[SignOnField | None, str, str], ...] = (
    # A field (None: what no letter needs), the words that say so, and those that say otherwise.
    (None, (r"newsletter|mailing list|\bupdates?\b|privacy|gdpr|data protection|\bterms\b|contact (?:you|me|us)|"
        r"\breceive\b|"
           r"subscri|boletin|recevoir|recibir|рассылк|персональн"), r"\bnames?\b.*\b(?:listed|public)"),
    (SignOnField.SECRET, (r"\banonym|\banonim|\bprivate\b|confidential|\bprivad|\b(?:not|do not|don t|"
        r"without)\b.{0,20}\b"
        r"(?:list|publish|public|display|show|nam)|withh[eo]ld|\bhide\b|ne pas (?:publier|afficher|mentionner)|"
        r"\bno (?:publicar|mostrar)|не (?:публик|указ|показ)|عدم نشر|不公开|匿名"), r"\b(?:agree|consent)"),
    (SignOnField.CONSENT, (r"\bagree|\bconsent|permission|\baccept|\bmay we\b|\bcan we\b|\bok to\b|\bokay to\b|"
        r"happy (?:to|for)|"
        r"authori[sz](?:e|ation)\b|\bd accord\b|acconsent|j accepte|nous acceptons|\bautoris|\bautoriz|\bacept|"
        r"de acuerdo|"
        r"соглас|разреш|можно ли|موافق|اوافق|نوافق|同意|允许|可否|peut on|pouvons nous|podemos"), r""),
    (SignOnField.CONSENT, (r"^(?:should|may|can|could|do|would|shall|is|are|please)\b.*\b(?:list|publish|show|"
        r"display|include|nam|public)|"
        r"\b(?:list|publish|show|display|include)\b.*\b(?:my|our|your|me|us)\b"), (r"^(?:full )?name|\bhow\b|"
        r"\bas (?:it|you|we)\b|\bwho\b")),
    (SignOnField.CONSENT, (r"\b(?:list(?:ed|ing)?|publi(?:c|cly|sh|shed)|display(?:ed)?|shown|visible|named|"
        r"publi(?:e|er|que|quement|car|ca|camente)|affich\w*|public\w*|опублик\w*|публич\w*)\b|公开|نشر"),
        _NAMES + "|" + _ORG),
    (SignOnField.ENDORSES, (r"\b(?:do|does|will|would|we|i|my|our|la|votre|su)\b.*\b(?:endors\w*|sign(?:s|ing)?|"
        r"support\w*|joins?|adher\w*|"
        r"souscri\w*|suscrib\w*)\b"), _NAMES + r"|\b(?:who|person|as|capacity|behalf|date|when)\b"),
    (SignOnField.KIND, (r"\b(?:are you|sign(?:ing)? (?:on )?as|i am|en tant que|en nombre de|a titulo|como|capacity|"
        r"calidad|"
        r"qualite|categor\w*|types?|tipo|kind|вид|тип|от имени|качестве)\b|类型|类别|نوع|بصفت"),
        _NAMES + r"|\bemail|e mail"),
    (None, (r"\be ?mails?\b|courriel|correo|\bmel\b|почт|البريد|邮箱|邮件|\bphone|\btel(?:ephone|efono)?\b|телефон|"
           r"هاتف|电话|\bmobile\b|whatsapp|signal number|\bip\b|\bid\b|score|points|\bzip\b|postal|postcode|"
           r"\bcity\b|ville|ciudad|\btown\b|"
           r"address|adresse|direccion|адрес|comment|commentaire|comentario|комментар|remark|question|note\b|notes\b|"
           r"start time|heure de debut|hora de inicio|время начала|开始时间|^language$|how did you|referr|source|"
           r"tags?\b|uuid|utm|number of|members\b|last modified|signature$|^state\b|^region"), r""),
    (SignOnField.SIGNED_ON, (r"timestamp|\bcompletion time\b|submi(?:tted|ssion) (?:at|on|date|time)|\bcreated (?:at|"
        r"on)\b|"
        r"\bdate\b.*\b(?:sign\w*|submi\w*|endors\w*|created)|\b(?:signed|joined|endorsed) (?:on|at)\b|date (?:de|"
        r"de la|du) sign|"
        r"fecha de (?:la )?firma|дата подпис|签署日期|تاريخ"), r""),
    (SignOnField.ACRONYM, (r"acronym|abbreviat|abreviat|\bsigl(?:e|a|as)\b|\bshort (?:name|form)\b|nom court|"
        r"аббревиат|сокращ|"
        r"اختصار|简称|缩写"), r"full name and acronym"),
    (SignOnField.LOGO, r"\blogo|логотип|شعار|标志|徽标", r""),
    (SignOnField.WEBSITE, (r"\bweb ?sites?\b|\bwebpage|\bweb page|\burl\b|site (?:web|internet)|sitio web|pagina web|"
        r"веб|сайт|موقع|"
        r"网站|homepage|\blink\b"), r""),
    (SignOnField.COUNTRY, r"\bcountry\b|\bpays\b|\bpais\b|\bстран\w*|البلد|الدولة|国家|nationality",
    _NAMES + r"(?! of (?:the )?country)"),
    (SignOnField.LAST, r"\b(?:last|family|sur) ?name\b|nom de famille|apellidos?\b|фамили|اسم العاي?ي?لة|姓氏",
    r"first|prenom|nombre|имя"),
    (SignOnField.FIRST, r"\b(?:first|given) name|\bforename|\bprenom|الاسم الاول", r"last|\bnom\b|family|organi"),
    (SignOnField.AFFILIATION, (r"affiliat|afiliac|for identification|employer|universit|аффилиац|место работы|"
        r"(?:indicative|fins d identification)"), r"\btitle|\bposition|\brole\b|fonction|cargo"),
    (SignOnField.ORGANISATION, _ORG_SIGNS, r""),
    (SignOnField.PERSON, rf"(?:{_NAMES}).*(?:titles?|position|role|function|fonction|titre|cargo|должность|职务)",
    _ORG + r"(?!.*(?:person|repres|sign))"),
    (SignOnField.TITLE, (r"\b(?:titles?|position|role|function|job|titre|fonction|poste|cargo|puesto|profession|"
        r"occupation|"
        r"должност\w*)\b|المنصب|الوظيفة|职务|职位"), _NAMES),
    (SignOnField.PERSON, (rf"(?:{_PERSON}).*(?:{_ORG})|(?:{_ORG}).*\b(?:representative|representant\w*|contact|"
        rf"director|spokesperson)\b|"
                         rf"(?:{_NAMES}).*(?:{_PERSON})|(?:{_PERSON}).*(?:{_NAMES})|^(?:{_PERSON})$"), r""),
    (SignOnField.ORGANISATION, _ORG, r""),
    (SignOnField.NAME, _NAMES + r"|signator|signataire|firmante|подпис|الموقع", r""),
)  # fmt: skip
_COMPILED = tuple((field, re.compile(yes), re.compile(no) if no else None) for field, yes, no in _RULES)


@dataclass(frozen=True, slots=True)
class Column:
    """What a heading says of its column, and whether it is a heading of ours or what people call it."""

    field: SignOnField | None
    """None: what no letter needs, such as an e-mail address."""
    exact: bool = False


TRANSLATED = frozenset({
    SignOnField.NAME, SignOnField.TITLE, SignOnField.AFFILIATION, SignOnField.COUNTRY, SignOnField.CATEGORY,
    SignOnField.REPRESENTATIVE,
})  # fmt: skip
"""The columns that a sheet may hold once more in a language: `Title (fr)`."""
_IN_LANGUAGE = re.compile(r"\s*(.+?)\s*[(\[_ ]\s*(en|fr|es|ar|zh|ru)\s*[)\]]?\s*", re.IGNORECASE)


def column_in_language(heading: str) -> tuple[SignOnField, Language] | None:
    """Return the field and the language of a heading such as `Title (fr)`; None for any other."""
    match = _IN_LANGUAGE.fullmatch(heading[:100])
    if match is None:
        return None
    known = _known().get(folded(match[1]))
    return (known, Language(match[2].lower())) if known in TRANSLATED else None


ANSWERS = frozenset({SignOnField.CONSENT, SignOnField.SECRET, SignOnField.ENDORSES})
"""Columns whose cells say yes or no."""


@lru_cache(maxsize=4096)
def column_of(heading: str, *, no_answers: bool = False) -> Column | None:
    """Return what a heading says of its column; None where no word of it is known.

    With `no_answers` its cells say neither yes nor no, so that it is no question to which they would.
    """
    asked = folded(heading[:300])
    if not asked:
        return None
    if (known := _known().get(asked)) is not None and not (no_answers and known in ANSWERS):
        return Column(known, exact=True)
    # What stands in brackets explains; it names nothing.
    bare = folded(re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", heading[:300]))
    if bare != asked and (known := _known().get(bare)) is not None and known not in ANSWERS:
        return Column(known, exact=True)
    for words in dict.fromkeys((bare or asked, asked)):
        for field, yes, no in _COMPILED:
            if no_answers and field in ANSWERS:
                continue
            if yes.search(words) and not (no and no.search(words)):
                return Column(field)
    return None


@lru_cache(maxsize=1)
def _known() -> Mapping[str, SignOnField]:
    known = {folded(name): SignOnField(field) for field, names in COLUMNS.items() for name in (field, *names)}
    for field, names in _EXACT.items():
        for name in names:
            known.setdefault(folded(name), field)
    return known
