"""Leftovers that are known by their shape: notes in brackets, blanks to fill in, labels for words, numbers for show.

Where `lint_words.py` knows words, these rules know what such things look like in any language, as far as that goes.
"""

import re
from collections.abc import Callable, Mapping

from outreach.letters.lint.lint_hit import FIELD
from outreach.month_names import month_names
from outreach.vocabulary import Language

Rule = tuple[str, re.Pattern[str], Callable[[re.Match[str], str, Language], bool]]

_ALWAYS: Callable[[re.Match[str], str, Language], bool] = lambda _match, _text, _language: True  # noqa: E731

# ------------------------------------------------------------------------------------------------- notes of editors

_IN_BRACKETS = re.compile(r"(?<![!\]\w])[\[［【](?P<words>[^\]\[］】\n]{1,160})[\]］】](?![(\[])")
_PARENTHESIS = re.compile(r"(?<![\w\]])[(（](?P<words>[^()（）\n]{1,120})[)）]")
# What begins a note to a colleague. What a sentence in brackets may begin with as well is not among them.
_EDITING = r"""
    (?:please[ ])?(?:ask|check|double[- ]check|confirm|verify|shorten|cut|delete|remove|rephrase|reword|rewrite|
    expand|
      translate|fix|update|insert|cross[- ]check|fact[- ]check|add[ ](?:a|an|the|more|link|name|date|source)|
      replace[ ]
      (?:with|by|this)|move[ ](?:up|down|to)|needs?[ ]|missing|too[ ](?:long|strong|short|soft|blunt|much)|why|
      who|what|
      which|is[ ]this|is[ ]that|is[ ]it|are[ ]we|do[ ]we|should[ ]we|can[ ]we|could[ ]we|may[ ]we|still[ ]to|
      not[ ]sure|
      maybe|i[ ]think|\w+[ ]to[ ](?:confirm|check|add|complete|write|send|decide|translate|verify))\b
  | (?:à[ ](?:revoir|vérifier|préciser|compléter|confirmer|traduire|relire|reformuler|mettre[ ]à[ ]jour)|vérifier|
      demander[ ]à|raccourcir|supprimer|reformuler|préciser|ajouter|compléter|confirmer|trop[ ](?:long|fort|dur)|
      pourquoi|est-ce|faut-il|peut-on|on[ ]garde|manque)\b
  | (?:revisar|verificar|preguntar|comprobar|acortar|borrar|quitar|eliminar|reformular|precisar|añadir|completar|
      confirmar|traducir|demasiado[ ]\w+|falta|¿)
  | (?:проверить|проверь|спросить|спроси|уточнить|сократить|удалить|убрать|переписать|добавить|дополнить|перевести|
      слишком[ ]\w+|зачем|почему|надо[ ]ли|можно[ ]ли)\b
  | (?:اسأل|تحقق|راجع|تأكد|اختصر|احذف|أضف|ترجم|هل[ ]|لماذا|يجب[ ])
  | (?:请?(?:核实|核对|确认|查证|删除|删|缩短|改写|补充|问|翻译)|是否|为什么|太长)
"""
_BEGINS_A_NOTE = re.compile(rf"\s*(?:{_EDITING})", re.VERBOSE | re.IGNORECASE)
_INITIALS = re.compile(
    r"\s*(?:[A-ZÀ-ÝА-Я]{2,3}|[A-ZÀ-ÝА-Я][\w’'-]{1,14}|[\u4e00-\u9fff]{2,4}|[\u0600-\u06ff]{2,10})[:：]\s*\S"
)
_REMARK = re.compile(
    r"(?i)\s*(?:n\.?\s?b\.?|note|nota|remarque|comment|commentaire|comentario|примечание|прим|ملاحظة|تعليق|注意?|"
    r"备注|编者)\s*[:：]"
)


def _note(match: re.Match[str], text: str, _language: Language) -> bool:
    words = match["words"]
    if _reference(match, text) or "”" in text[match.end() : match.end() + 1]:
        return False
    if _REMARK.match(words):
        return True
    quoted = in_quotation(text, match.start())
    if _INITIALS.match(words) and not quoted and "http" not in words:
        return True
    return bool(_BEGINS_A_NOTE.match(words)) and words.rstrip().endswith(("?", "？", "؟", "!", "！")) and not quoted


def _note_perhaps(match: re.Match[str], text: str, _language: Language) -> bool:
    words = match["words"]
    if _reference(match, text) or in_quotation(text, match.start()):
        return False
    return words.rstrip().endswith(("?", "？", "؟")) or bool(_BEGINS_A_NOTE.match(words))


def _in_parentheses(match: re.Match[str], text: str, _language: Language) -> bool:
    words = match["words"]
    if words.strip() in {"?", "??", "!", "!?", "？", "؟"} or (_REMARK.match(words) and len(words) < 80):
        return not in_quotation(text, match.start())
    return False


def _parentheses_perhaps(match: re.Match[str], text: str, _language: Language) -> bool:
    return bool(_BEGINS_A_NOTE.match(match["words"])) and not in_quotation(text, match.start())


def _reference(match: re.Match[str], text: str) -> bool:
    """Whether it is the definition of a link or of a footnote: `[1]: https://…`."""
    return match["words"].startswith("^") or (
        text[match.end() : match.end() + 1] == ":" and not text[: match.start()].rpartition("\n")[2].strip()
        and bool(re.match(r":\s*(?:<|https?:|mailto:|www\.)", text[match.end() :]))
    )  # fmt: skip


def in_quotation(text: str, place: int) -> bool:
    """Tell whether a place lies within “…”, "…" or «…» of its paragraph."""
    before = text[max(0, text.rfind("\n\n", 0, place)) : place]
    is_open = any(before.count(one) > before.count(other) for one, other in ("“”", "«»"))
    return is_open or before.count('"') % 2 == 1


_SAID_TO_COLLEAGUES = re.compile(
    r"""
    (?im:^[ ]{0,3}(?:>{2,}|//|/\*|<{3,}|={3,}|>{3,})[ ]?[^\n=<>]{0,80}$)
    | (?im:^[ ]{0,3}(?:n\.?b\.?|notes?|nota|remarque|примечание|для|ملاحظة)[ ](?:to|for|au|aux|à|pour|para|al|a|
        для|к|إلى|للـ?)?[ ]?(?:the[ ]|la[ ]|le[ ]|l['’]|el[ ])?(?:translat\w+|edit\w+|layout|printer\w*|design\w+|
        review\w+|typeset\w+|
        tradu\w+|rédact\w+|relect\w+|maquett\w+|redact\w+|correct\w+|переводчик\w*|редактор\w*|корректор\w*|
        в[её]рстк\w*|
        المترجم|للمترجم|المحرر|للمحرر)\b[^\n]{0,60})
    | (?:译者|译注|编者注|编辑注|校对|给译者|致译者)[：:][^\n]{0,40}
    | (?:^|(?<=[.!?:;][ ]))(?:(?:Replace|Delete|Remove|Rewrite|Edit|Adapt|Change|Insert|Expand|Shorten|Update|
    Translate|Use|Copy|Paste|Keep)[ ](?:this|these)[ ]
        (?:paragraph|sentence|section|text|line|example|part|passage|bullet|point|wording)s?(?!\w)[^\n.]{0,30}
      | (?:Remplace[rz]|Supprime[rz]|Adapte[rz]|Modifie[rz]|Complète[rz]|Compléter|Insére[rz]|Traduise[sz]|
      Réécrive[zr])[ ](?:ce[ ]paragraphe|cette[ ](?:phrase|section|partie)|ce[ ](?:texte|passage)|cet[ ]exemple)
      | (?:Sustitu[iy]\w+|Reemplace\w*|Elimin\w+|Borr\w+|Adapt\w+|Modifi\w+|Complet\w+|
      Traduzca\w*)[ ](?:este[ ](?:párrafo|texto|ejemplo|pasaje)|esta[ ](?:frase|sección|parte|oración))
      | (?:Замените|Удалите|Измените|Дополните|Переведите|Адаптируйте|Перепишите)[ ](?:этот|эту|это|
      данный)[ ](?:абзац|предложение|текст|раздел|пример|фразу|часть)
      | (?:استبدل\w*|احذف\w*|عدّ?ل\w*|أكمل\w*|ترجم\w*)[ ](?:هذه|هذا)[ ](?:الفقرة|الجملة|النص|القسم|المثال)
      | 请?(?:替换|删除|修改|补充|翻译|改写)(?:此|本|这一?)(?:段|句|节|部分|例子|文字))
    | (?<!\w)(?:CHECK|VERIFY|CONFIRM|SOURCE|REF|CITE|CITATION|QUOTE|FIGURE|NUMBER|LINK|CUT|DELETE|STET|REVISE|
    MISSING|UPDATE|
        TRANSLATE|SHORTEN|EXPAND|REWRITE|REPHRASE|CLARIFY|V[ÉE]RIFIER|CONFIRMER|COMPL[ÉE]TER|CHIFFRE|LIEN|MANQUE|
        REVOIR|
        RELIRE|SUPPRIMER|AJOUTER|VERIFICAR|REVISAR|CONFIRMAR|FUENTE|CIFRA|ENLACE|FALTA|BORRAR|AÑADIR|ИСТОЧНИК|
        ССЫЛКА|УДАЛИТЬ|
        СОКРАТИТЬ)(?:[ ][A-ZÀ-ÝА-Я]{2,}){0,3}[ \u00a0]?(?:[:?!)\]]|$)
    | (?<=[(\[–—-])[ ]?(?i:to[ ]be[ ](?:verified|checked|updated|replaced|translated|decided|discussed|specified|
    finali[sz]ed|reviewed|shortened|defined))(?!\w)
    | (?i:(?<!\w)(?:i['’]?d|i[ ]would|let['’]s|we[ ]could)[ ](?:cut|drop|delete|shorten|rephrase|reword|
    leave[ ]out|take[ ]out)[ ](?:this|that|it|the)(?!\w)[^\n.]{0,30}
      | (?<!\w)(?:as|like)[ ](?:discussed|agreed)[ ](?:with|on[ ]the[ ]phone|by[ ]phone|
      yesterday)(?!\w)[^\n.]{0,20}(?=\)|\])
      | (?<!\w)(?:please[ ])(?:proofread|review|revise|edit|shorten|rephrase|reword|fact-check|
      cross-check)(?!\w)[^\n.]{0,30})
    | (?<![-<])--+>(?!\w) | (?<!\w)!{2,}(?!\w)
    | (?i:(?<!\w)(?:can|could|would)[ ](?:you|someone|somebody|anyone)[ ](?:please[ ])?(?:check|confirm|verify|
    look|find|add|rewrite|translate|shorten)(?!\w)[^\n.?]{0,40}\?)
    | (?i:(?<!\w)(?:i['’]?m|i[ ]am)[ ]not[ ]sure(?!\w)[^\n.]{0,30} | (?<!\w)not[ ]sure[ ](?:about|if|
    whether)(?!\w)[^\n.?]{0,30}
      | (?<!\w)needs?[ ](?:checking|a[ ](?:source|reference|footnote|citation)|an?[ ]update|updating|rewording|
      rephrasing|more[ ]work)(?!\w)
      | (?<!\w)is[ ](?:this|that|it)[ ](?:still[ ]|the[ ]|really[ ])?(?:true|right|correct|accurate|
      up[ ]to[ ]date|ok)(?!\w)[^\n.?]{0,20}\?
      | (?<!\w)(?:cut|delete|drop|remove)[ ](?:if|before|when|later)(?!\w)[ ][^\n.]{0,20}
      | (?<!\w)(?:optional|alternative)[ ](?:paragraph|sentence|wording|ending|opening)[ ]?:
      | est-ce[ ](?:toujours[ ]|encore[ ])?(?:vrai|exact|correct)[ \u00a0]?\? | on[ ]garde[ \u00a0]?\? |
       (?:peux-tu|pouvez-vous)[ ](?:vérifier|confirmer|relire)[^\n.?]{0,20}\?
      | ¿(?:esto[ ]|eso[ ])?(?:es|sigue[ ]siendo)[ ](?:correcto|cierto|verdad)[^\n?]{0,12}\? | (?:puedes|podrías|
      pueden)[ ](?:verificar|revisar|confirmar)[^\n?]{0,20}\?
      | это[ ](?:ещё|еще|всё[ ]ещё)?[ ]?(?:верно|так|актуально)\? | (?:проверь|уточни)(?:те)?,?[ ]пожалуйста |
       هل[ ]هذا[ ]صحيح(?=[ ]?[؟?]?[ ]*(?:$|[)\]])) | (?:数字|日期|名字)(?:对吗|正确吗)|帮忙核实|再核对)
    | ^(?:[A-Z][a-zà-ÿ]{2,12})[,:][ ](?i:please[ ](?:check|confirm|add|look|fix|verify|translate|shorten)|
    can[ ]you|could[ ]you|is[ ]this|do[ ]we|why[ ])[^\n.?]{0,40}
    | (?i:(?<!\w)(?:wdyt|pls|plz|thx|asap[ ]pls|fyi[ ]only)(?!\w))
    | (?i:(?<!\w)(?:still[ ]waiting[ ]for|awaiting|waiting[ ]for)[ ](?:the[ ]|a[ ])?(?:figures?|confirmation|final|
        translation|approval|signature|quote|numbers?)[^\n.]{0,40}(?=[.!\n]|$))
    | (?i:(?<!\w)(?:do|should|can|could|may)[ ]we[ ](?:still[ ]|really[ ])?(?:need|keep|say|cut|use|drop|name|
    mention)[ ]
        (?:this|that|it|him|her|them)\b[^\n.?]{0,30}\?)
    """,
    re.VERBOSE | re.MULTILINE,
)

# ------------------------------------------------------------------------------------------------ blanks to fill in

_DATED = (Language.ENGLISH, Language.FRENCH, Language.SPANISH, Language.RUSSIAN)
_MONTH = rf"(?:{'|'.join(name.casefold() for one in _DATED for name in month_names(one))}|de[ ]\w+[ ]de)"
_BLANK = re.compile(
    rf"""
    (?<![\w.…])(?:\.[ ]?){{5,}}(?!\w) | …[ ]?…[… ]* | (?<!\.)\.{{4}}(?=[ ]\w)
    | (?<![A-Za-zÀ-ÿА-яЁё])[XxХх]{{2,}}(?=[ \u00a0](?i:{_MONTH})|[/.-][XxХх\d]|[XxХх\d]*\d)
    | (?<=[\d/.])[Xx]{{2,}}(?![A-Za-zÀ-ÿ])
    | (?<!\w)(?:the|les|las|los|des|these|nos|our|over|some|about|than|all|with|nous,[ ]les)[ ](?:XX|
    NN)[ ](?!century|secolo)[a-zà-ÿа-я]+
    | (?i:(?:march|april|mars|avril|marzo|abril)[ ]xx(?!\w))
    | (?i:(?<!\w)(?:dd|jj|tt|дд)[/. -](?:mm|мм)[/. -](?:yy(?:yy)?|aa(?:aa)?|jj(?:jj)?|гг(?:гг)?)(?!\w))
    | (?i:(?<!\w)(?:yyyy|aaaa|гггг)-(?:mm|мм)-(?:dd|jj|дд)(?!\w)) | (?<!\d)00[/.-]00[/.-]\d{{2,4}}(?!\d)
    | (?<!\w)(?:hh|HH)[:h](?:mm|MM)(?!\w)
    | (?<![\w/#])\#{{2,}}(?=[ .,;:)]|$)(?!^) | (?<![\w@])@@+(?!\w) | ▢+ | □+ | ◻+ | _[ ]_[ _]* |
     (?<=[ (])_(?=[ ,.;:)])
    | (?:\d{{4}}\s*年)?(?<!\d)\s*年\s*月\s*日
    | (?<![\d一二三四五六七八九十几X])(?:第\s*届会议|第\s*条|第\s*号决议)(?!\w?则)
    | (?<!\w)(?:[Tt]he|[Aa]t[ ]its|[Ii]ts)[ ](?:st|nd|rd|th)[ ]session
    """,
    re.VERBOSE | re.MULTILINE,
)  # fmt: skip


def _blank(match: re.Match[str], text: str, language: Language) -> bool:
    found = match[0]
    if found.startswith("…"):
        return language is not Language.CHINESE and found.count("…") > 1
    if set(found) == {"#"} and not text[: match.start()].rpartition("\n")[2].strip():
        return False  # a heading
    return "年" not in found or re.search(r"\d\s*年\s*\d*\s*月", found) is None


_CAPITAL_LABELS = {
    Language.ENGLISH: r"(?:Your|My)[ ](?:Full[ ]|First[ ]|Last[ ]|Job[ ])?(?:Name|Position|Title|"
        r"Organi[sz]ation|Company|Address|"
        r"City|Phone|E-?mail|Logo|Signature|Institution|Network|Coalition|Function|Role|"
        r"Department)s?(?:[ ](?:Name|Address|Here|"
        r"Title|Logo))?|First(?:[ ]?[Nn]ame)?[ ,]+Last[ ]?[Nn]ame|(?:First|Given)[ ]Name|Family[ ]Name|"
        r"Name[ ]Surname|"
        r"Company[ ]Name|Organi[sz]ation[ ]Name|Job[ ]Title|Street[ ]Address",
    Language.FRENCH: r"(?:Votre|Vos)[ ](?:Nom|nom|Prénom|prénom|Titre|titre|Fonction|fonction|Poste|poste|"
        r"Organisation|Adresse|Logo|"
        r"Signature)(?=[ ]*(?:,|$|\\|et|de\ l|ici))(?:[ ]de[ ]l['’]organisation)?|(?:Prénom|"
        r"Nom)[ ](?:et[ ])?(?:NOM|Nom|Prénom|prénom)|"
        r"Nom[ ]de[ ](?:l['’](?:organisation|association)|la[ ]coalition)(?=[ ]*(?:$|\\|,))",
    Language.SPANISH: r"(?:Su|Tu)[ ](?:Nombre|nombre|Cargo|cargo|Organización|Título|Firma|Logotipo|"
        r"Dirección)(?=[ ]*(?:,|$|\\|y|aquí))|"
        r"Nombre[ ](?:y[ ])?(?:Apellidos?|apellidos?)|Nombre[ ]de[ ]la[ ](?:organización|coalición)(?=[ ]*(?:$|"
        r"\\|,))",
    Language.RUSSIAN: r"(?:Ваше|Ваша|Ваш)[ ](?:[Ии]мя|[Дд]олжность|[Оо]рганизация|[Пп]одпись|"
        r"[Лл]оготип)(?=[ ]*(?:,|$|\\|и))|"
        r"(?:Имя[ ,]+[Фф]амилия|Фамилия[ ,]+[Ии]мя|Ф\.?И\.?О\.?)|[Нн]азвание[ ]организации(?=[ ]*(?:$|\\|,))",
    Language.ARABIC: r"(?:اسمك|اسمكم|منصبك|منصبكم|توقيعك|الاسم[ ]الكامل|اسم[ ]المنظمة|الاسم[ ]واللقب|"
        r"الاسم[ ]والصفة)(?=[ ]*(?:$|\\|،))",
    Language.CHINESE: r"(?:您|你)的(?:姓名|职务|单位|组织|签名)|(?:贵组织|贵单位|组织|机构|单位)"
    r"名称(?=\s*(?:$|\\|，|,))|"
        r"^[ ]?姓名(?:[，、/和及]职务)?(?=\s*(?:$|\\))",
}  # fmt: skip
_LABELS = {
    language: re.compile(
        ("" if language is Language.CHINESE else r"(?<![\w-])") + rf"(?:{words})(?![\w-])", re.VERBOSE | re.MULTILINE
    )
    for language, words in _CAPITAL_LABELS.items()
}  # fmt: skip
# A line of nothing but what belongs on it: `Name, Title`, `Nom et fonction`.
_ONLY_LABELS = re.compile(
    r"(?im)^[ *_]*(?:full |first |last |job )?(?:name|surname|title|position|function|signature|organi[sz]ation|nom|"
    r"prénom|"
    r"titre|fonction|nombre|apellidos?|cargo|firma|organización|имя|фамилия|должность|подпись|организация|الاسم|"
    r"المنصب|الصفة|التوقيع|المنظمة|姓名|职务|签名|单位)"
    r"(?:[ ]*(?:,|/|\||;|،|，|、| and | et | y | и | و)[ ]*(?:name|surname|title|position|function|signature|"
    r"organi[sz]ation|nom|prénom|titre|fonction|nombre|apellidos?|cargo|firma|organización|имя|фамилия|должность|"
    r"подпись|организация|الاسم|المنصب|الصفة|التوقيع|المنظمة|姓名|职务|签名|单位))*[ *_]*\\?$"
)


def _labels_alone(match: re.Match[str], text: str, _language: Language) -> bool:
    """Whether labels stand for those who sign: several, or one on a line that is kept. A heading may be one word."""
    found = match[0]
    kept = found.rstrip().endswith("\\") or text[: match.start()].endswith("\\\n")
    several = len(re.findall(r"\w{3,}", found)) > 1
    return kept or (several and re.search(r"[,/|;،，、]| (?:and|et|y|и|و) ", found) is not None)


_OFFICE = re.compile(
    r"""
    (?i:clic[k][ ](?:or[ ]tap[ ])?(?:here[ ])?to[ ](?:enter|add|edit|insert)[ ](?:a[ ]|an[ ]|your[ ])?(?:text|
    date|
    title|subtitle|notes)\w*
      | (?:tap|clic[k])[ ]here[ ]to[ ]\w+ | choose[ ]an[ ]item(?=\.|$) | enter[ ]any[ ]content[ ]that[ ]you[ ]want
      | (?:type|enter)[ ](?:your[ ])?text(?:[ ]here)?(?=\.|$|\])
      | cliquez[ ](?:ou[ ](?:appuyez|tapez)[ ])?ici[ ]pour[ ](?:entrer|saisir|ajouter|taper)[ ](?:du|un|une|le)[ ]\w+
      | choisissez[ ]un[ ]élément | (?:tapez|saisissez)[ ](?:votre[ ]|le[ ]|du[ ])?texte(?:[ ]ici)?
      | haga[ ]clic[ ](?:o[ ]pulse[ ])?aquí[ ]para[ ](?:escribir|introducir|agregar|
      especificar)[ ]\w+(?:[ ]\w+)? | elija[ ]un[ ]elemento
      | (?:escriba|introduzca)[ ](?:su[ ]|el[ ])?texto(?:[ ]aquí)?
      | место[ ]для[ ]ввода[ ](?:текста|даты) |
       щ[её]лкните(?:[ ]или[ ]коснитесь)?[ ]здесь,?[ ]чтобы[ ]ввести[ ]\w+ | выберите[ ]элемент
      | введите[ ](?:текст|название|имя|дату)(?:[ ]здесь)?
      | انقر[ ](?:أو[ ]اضغط[ ])?(?:هنا|فوق)[ ][^\n.]{0,12}(?:لإدخال|لإضافة)[ ]\w+ | اختر[ ]عنصر\w*
      | (?:单击或点击|点击或轻触|单击|点击)此处(?:输入|添加|编辑)\w{0,4} | 选择一项
      | 请?在此(?:处)?(?:输入|键入)\w{0,4})
    | \{[ ]?(?:PAGE|DATE|TIME|NUMPAGES|FILENAME|TOC|REF|HYPERLINK|SEQ|DOCPROPERTY)\b[^}\n]{0,60}\}?
    | \\\*[ ]?(?:MERGEFORMAT|CHARFORMAT) | (?<!\w)MERGEFORMAT(?!\w)
    | (?:No[ ]table[ ]of[ ]contents[ ]entries[ ]found|Aucune[ ]entrée[ ]de[ ]table[ ]des[ ]matières)
    | (?<!\w)_(?:Toc|Ref|Hlk)\d{4,}
    """,
    re.VERBOSE | re.MULTILINE,
)

# ------------------------------------------------------------------------------------------------------ merge marks

_MARKS = re.compile(
    r"""
    <%[^%\n]{0,60}%> | <\?[a-z][^?\n]{0,60}\?> | \{![\w.]{1,40}\}? | \[%[\w .-]{1,40}%\] | \[\*[\w .-]{1,40}\*\] |
     \{\#[\w.]{1,40}\#?\}
    | (?<![\w$])\$(?!US)[A-Za-z_]{3,40}\$?(?![\w$]) | (?<![\w%\d])%[A-Za-z_]{3,40}%(?!\w)
    | (?<![\w|])\|[A-Z][A-Z_]{2,30}\|(?![\w|]) | (?<![\w\#])\#[A-Za-z_]{3,30}\#(?!\w) |
     (?<![\w~])~[A-Za-z_]{3,30}~(?![\w~])
    | (?<![\w^])\^[A-Za-z_]{3,30}\^(?!\w) | (?<![\w:/])::?[a-z]+_[a-z_]+:{0,2}(?!\w) |
     (?<![\w-])__[A-Z][A-Z ]{2,30}__(?!\w)
    | (?<![\w/.@:=?&#-])[A-Z]{2,}(?:_[A-Z]{2,})+(?![\w/.@=-])
    | (?<![\w/.@:=?&#-])(?:mission|contact|letter|recipient|state|signatories)[._][a-z_]{2,30}(?![\w/@=-]|\.\w)
    | ‹[A-Za-z_]+_[A-Za-z_]+› | ｛{1,2}[^｝\n]{1,20}｝{1,2} | [〈《〔](?:国名|国家|姓名|日期|职务|称谓|城市)[〉》〕]
    """,
    re.VERBOSE,
)


def _mark(match: re.Match[str], text: str, _language: Language) -> bool:
    if FIELD in match[0] or match[0].strip("[]*").casefold() == "sic":
        return False
    begin = max(text.rfind(" ", 0, match.start()), text.rfind("\n", 0, match.start())) + 1
    return re.search(r"https?:|www\.|@\w", text[begin : match.end() + 20].split(maxsplit=1)[0]) is None


# --------------------------------------------------------------------------------------------------- numbers for show

_PHONE = re.compile(r"(?<![\w/.,-])(?:\+\s?|00|\()?\d[\d ().\u00a0\u202f/-]{5,22}\d(?![\w/])")
_GROUPED = re.compile(r"\d{4}\s*[-/]\s*\d{4}|[1-9]\d{0,2}(?:([., \u00a0\u202f'’])\d{3})(?:\1\d{3})*")
"""Two years, and a number in groups of three."""
_PHONE_X = re.compile(r"\+\d{1,3}[ .-]?(?:\(?[xX\d]{1,4}\)?[ .-]?)*[xX]{2,4}(?:[ .-]?[xX\d]{2,4})*(?!\w)")


def _phone(match: re.Match[str], _text: str, _language: Language) -> bool:
    """Whether a telephone number is one that nobody has: all one figure, in a row, or pairs that climb."""
    found = match[0]
    figures = re.sub(r"\D", "", found)
    if len(figures) < 7 or _GROUPED.fullmatch(found) or "\n" in found:
        return False
    rest = figures[2:] if found.lstrip().startswith(("+", "00")) else figures
    return bool(
        re.search(r"(\d)\1{5,}", figures)
        or re.search(r"0?1234567|23456789|98765432", figures)
        or re.search(r"(?:12.?34.?56.?78)", found)
        or re.fullmatch(r"\d{0,3}123456", rest)
        or re.search(r"(\d)\1(?!\1)(\d)\2(\d)\3(\d)\4", rest)
    )


# ------------------------------------------------------------------------------------------------------------ filler

_LATIN = frozenset(
    [
        "lorem",
        "ipsum",
        "dolor",
        "amet",
        "consectetur",
        "consectetuer",
        "adipiscing",
        "elit",
        "eiusmod",
        "tempor",
        "incididunt",
        "labore",
        "aliqua",
        "veniam",
        "nostrud",
        "exercitation",
        "ullamco",
        "laboris",
        "aliquip",
        "commodo",
        "consequat",
        "duis",
        "aute",
        "irure",
        "reprehenderit",
        "voluptate",
        "cillum",
        "dolore",
        "fugiat",
        "pariatur",
        "excepteur",
        "occaecat",
        "cupidatat",
        "proident",
        "deserunt",
        "mollit",
        "laborum",
        "perspiciatis",
        "unde",
        "omnis",
        "natus",
        "voluptatem",
        "accusantium",
        "doloremque",
        "laudantium",
        "totam",
        "aperiam",
        "eaque",
        "ipsa",
        "quae",
        "inventore",
        "veritatis",
        "beatae",
        "vitae",
        "explicabo",
        "nemo",
        "enim",
        "aspernatur",
        "fugit",
        "consequuntur",
        "neque",
        "porro",
        "quisquam",
        "dolorem",
        "quia",
        "numquam",
        "eius",
        "modi",
        "tempora",
        "incidunt",
        "magnam",
        "aliquam",
        "quaerat",
        "pellentesque",
        "habitant",
        "morbi",
        "tristique",
        "senectus",
        "netus",
        "malesuada",
        "fames",
        "turpis",
        "egestas",
        "vestibulum",
        "tortor",
        "feugiat",
        "ultricies",
        "eget",
        "aenean",
        "sociis",
        "natoque",
        "penatibus",
        "magnis",
        "parturient",
        "montes",
        "nascetur",
        "ridiculus",
        "mus",
        "donec",
        "quam",
        "felis",
        "pretium",
        "quis",
        "sem",
        "nullam",
        "dictum",
        "vivamus",
        "elementum",
        "semper",
        "nisi",
        "aliquet",
        "etiam",
        "rhoncus",
        "maecenas",
        "tempus",
        "sapien",
        "faucibus",
        "luctus",
        "ultrices",
        "posuere",
        "cubilia",
        "curae",
        "suspendisse",
        "potenti",
        "integer",
        "tincidunt",
        "cras",
        "dapibus",
        "phasellus",
        "viverra",
        "metus",
        "varius",
        "laoreet",
        "quisque",
        "rutrum",
        "curabitur",
        "ullamcorper",
        "nibh",
        "euismod",
        "mauris",
        "sodales",
    ]
)
_ANY_LATIN = "|".join(sorted(_LATIN, key=len, reverse=True))
_SMALL_LATIN = r"(?:(?:sed|ut|et|in|at|vero|eos|qui|quo|id|ad|est|non|nam|ne|cum|ex|ea|per|te|an|duis)[ ]){0,3}"
_LATIN_RUN = re.compile(
    rf"(?<!\w){_SMALL_LATIN}(?:{_ANY_LATIN})(?:\W+(?:\w+\W+){{0,3}}?(?:{_ANY_LATIN})){{3,}}(?!\w)", re.IGNORECASE
)
_SHAM = re.compile(
    r"""
    (?i:(?<!\w)(?:sample|dummy|placeholder|filler|test|example)[ ]text(?!\w) | (?:texte|texto)[ ](?:d['’]exemple|
    factice|fictif|de[ ]remplissage|
        de[ ]ejemplo|de[ ]relleno|de[ ]muestra|de[ ]prueba|simulado|provisoire|provisional) | faux[- ]texte
      | (?<!\w)(?:the[ ])?quick[ ]brown[ ]fox | portez[ ]ce[ ]vieux[ ]whisky | veloz[ ]murciélago[ ]hindú
      | съешь[ ](?:же[ ])?ещ[её][ ]этих | рыба-текст | рыбн\w+[ ]текст | текст-рыба |
       далеко-далеко[ ]за[ ]словесными[ ]горами
      | лорем[ ]ипсум | (?<!\w)бла[- ]бла | (?<!\w)(?:образец|пример)[ ]текста(?!\w) | текст-заполнитель
      | لوريم[ ]إيبسوم | هذا[ ](?:النص[ ]هو[ ]مثال|نص[ ](?:تجريبي|بديل|عشوائي)) | نص[ ](?:تجريبي|نموذجي[ ]للتعبئة)
      | (?:示例|样例|占位|测试|填充)(?:文字|文本|内容) | 此处为占位 | 天地玄黄.{0,2}宇宙洪荒
      | (?<!\w)(?:text|texte|texto|текст|test)(?:[ ,.]+(?:text|texte|texto|текст|test)){2,}(?!\w)
      | (?<!\w)testing[ ,]+1[ ,]*2 | (?<!\w)(?:abcdef\w*|xyzxyz|asdfgh\w*|йцукен\w*|фыва\w*)(?!\w)
      | this[ ]is[ ](?:just[ ]|only[ ])?(?:a[ ])?(?:sample|dummy|placeholder|filler|test)[ ](?:sentence|paragraph|
      text|content)(?=[.,! ]|$))
    """,
    re.VERBOSE,
)


# ------------------------------------------------------------------------------------------------------ sample names

_SAMPLE_NAMES = re.compile(
    r"""
    (?<!\w)(?:(?:John|Jane|Joe)[ ](?:Doe|Q\.?[ ]Public|Bloggs|Sample|Smith[ ]Sample) | Jean(?:ne)?[ ]Dup(?:ont|
    ond) | Jean[ ]Untel | (?:Monsieur|Madame)[ ](?:X|Untel|Unetelle)
      | (?:Juan|Juana|Perico)[ ](?:P[ée]rez|Nadie|de[ ]los[ ]Palotes) | Fulan[oa](?:[ ]de[ ]Tal)? | (?:Max|
      Erika)[ ]Muster(?:mann|frau) | Hans[ ]Muster | Mario[ ]Rossi | Jan[ ](?:Kowalski|Modaal)
      | Иван[ ]Иванов(?!\w) | Иванов[ ]Иван[ ]Иванович | Иванов[ ]И\.[ ]?И\. | П[её]тр[ ]Петров(?!\w) | Вася[ ]Пупкин
      | Acme(?:[ ](?:Inc|Corp|Ltd|Organi[sz]ation|Foundation)\w*)? | (?:Name|NGO|Organi[sz]ation|Organisation|
      Person|Signatory|ONG|Организация|Подписант)[ ](?:[A-C]|1|X|One)(?=\s*(?:$|\\|,|\n)) | Foo[ ]Bar |
       Lorem[ ]Ipsum)(?!\w)
    | (?:فلان[ ](?:الفلاني|بن[ ]فلان)|فلان[ ]وفلان) | (?:张三|李四|王五|某某某|XX组织|某某组织)
    """,
    re.VERBOSE | re.MULTILINE,
)

RULES: tuple[Rule, ...] = (
    ("words.leftover", _OFFICE, _ALWAYS),
    ("words.filler", _SHAM, _ALWAYS),
    ("words.filler", _LATIN_RUN, _ALWAYS),
    ("words.merge-mark", _MARKS, _mark),
    ("words.leftover", _IN_BRACKETS, _note),
    ("words.brackets", _IN_BRACKETS, _note_perhaps),
    ("words.leftover", _PARENTHESIS, _in_parentheses),
    ("words.brackets", _PARENTHESIS, _parentheses_perhaps),
    ("words.leftover", _SAID_TO_COLLEAGUES, _ALWAYS),
    ("words.leftover", _PHONE_X, _ALWAYS),
    ("words.phone", _PHONE, _phone),
    ("words.leftover", _BLANK, _blank),
    ("words.leftover", _ONLY_LABELS, _labels_alone),
    ("words.sample-name", _SAMPLE_NAMES, _ALWAYS),
)
SHAPES_NEED: Mapping[re.Pattern[str], tuple[str, ...]] = {
    _OFFICE: (
        "clic", "tap", "choose", "enter", "type", "cliqu", "choisissez", "saisissez", "haga", "elija",
        "escriba", "introduzca", "место для", "щелкните", "щёлкните", "выберите", "введите", "انقر", "اختر", "单击",
        "点击", "选择", "在此", "{", "mergeformat", "charformat", "contents entries", "entrée de table", "_toc", "_ref",
        "_hlk",
    ),
    _SHAM: (
        "text", "dummy", "placeholder", "filler", "sample", "faux", "brown fox", "whisky", "murciélago", "съешь", "рыб",
        "горами", "лорем", "бла", "образец", "пример", "текст", "لوريم", "نص", "示例", "样例", "占位", "测试", "填充",
        "天地玄黄", "test", "abcdef", "xyzxyz", "asdfgh", "йцукен", "фыва",
    ),
    _BLANK: (
        "....", ". .", "…", "xx", " nn ", "dd/", "dd.", "dd-", "dd ", "jj", "tt/", "tt.", "tt-", "tt ", "дд", "yyyy",
        "aaaa", "гггг", "00/", "00.", "00-", "hh:", "hhh", "хх", "##", "@@", "▢", "□", "◻", "_", "年", "第", " st ",
        " nd ", " rd ", " th ",
    ),
}  # fmt: skip
"""A rule finds nothing in a text that has, in small letters, none of these words."""
LATIN_RULE, LATIN_WORDS = _LATIN_RUN, _LATIN
"""The rule for filler in Latin, and its words: it needs several of them."""
LABELS: Mapping[Language, re.Pattern[str]] = _LABELS
"""Labels for what somebody was to write, by language: `Your Organisation Name`."""
