"""What is said beside the letter: brackets, notes to a colleague, sentences of a program that writes, marks of a merge.

A finished letter has hardly any square brackets outside of quotations, and does not speak of its own wording. What may
be right all the same is a warning.
"""

import re
from collections.abc import Callable

from outreach.letters.lint.lint_hit import FIELD
from outreach.letters.lint.lint_shapes import Rule, in_quotation
from outreach.vocabulary import Language

_ALWAYS: Callable[[re.Match[str], str, Language], bool] = lambda _match, _text, _language: True  # noqa: E731

# ----------------------------------------------------------------------------------------------------- square brackets

_SQUARE = re.compile(r"(?<![!\]\w])[\[［【](?P<words>[^\]\[］】\n]{2,160})[\]］】](?![(\[:\w])")
# What an editor adds by right: who translates, who stresses, which language something is in, a left-out part.
_RIGHTLY = re.compile(
    r"""(?ix)\s*(?: [\W\d_]* | sic\b.* | \^.* | .{0,2} | .*\b(?:translat|emphas|italics|original|in[ ](?:english|french|
    spanish|russian|arabic|chinese)|traduc|traduction|soulign|original|en[ ](?:anglais|français|espagnol|russe|
    arabe|chinois|
    inglés|francés|español|ruso|árabe|chino)|cursiva|énfasis|subrayad|так[ ]в|перевод[ ]наш|наш[ ]перевод|курсив|
    на[ ]\w+ском)\w*.* | .*(?:原文|着重|译文为).* | .*(?:الأصل|التشديد|ترجمتنا).* | .*\d/\d.* | [A-Z]{2,6}s? |
    (?:[Nn][o°º]\.?[ ]?)?[A-Z]{0,4}[ -]?\d[\w./-]* )\s*"""
)


def _square(match: re.Match[str], text: str, _language: Language) -> bool:
    if _RIGHTLY.fullmatch(match["words"]) or in_quotation(text, match.start()) or FIELD in match["words"]:
        return False
    line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
    # Within parentheses the inner ones are square, and a link's words may be defined elsewhere.
    if line.count("(") > line.count(")") or re.search(rf"(?m)^ {{0,3}}\[{re.escape(match['words'])}\]:", text):
        return False
    return line.count('"') % 2 == 0


# ------------------------------------------------------------------------------------------------------- parentheses

_ROUND = re.compile(r"(?<![\w\]])[(（](?P<words>[^()（）\n]{2,90})[)）]")
_NAME = r"[A-ZÀ-ÝА-ЯЁ][a-zà-ÿа-яё]{1,14}"
_BY_ITSELF = (
    r"ref|refs?\.|reference|references|cite|citation|footnote|fn|optional|source|sources|link|chart|table|map|photo|quote|"
    r"référence|note[ ]de[ ]bas[ ]de[ ]page|facultatif|lien|tableau|carte|référence[ ]à[ ]\w+|fuente|referencia|"
    r"enlace|nota[ ]al[ ]pie|"
    r"opcional|cita|источник|ссылка|сноска|المصدر|مرجع|رابط|来源|出处|脚注|链接"
)
_ADDRESSED = r"(?:Excell|Exc?el|Ваш|Madam|Monsieur|Señor|Sir|Ambass|Embajad|Mission|Dear)"
_CALLED = rf"""{_NAME},[ ](?i:(?:can|could|would|will)[ ]you|please|pls|do[ ]you|did[ ]you|peux-tu|tu[ ]peux|
    pourrais-tu|pouvez-vous|merci[ ]de|vérifie|puedes|podrías|por[ ]favor|confirma|revisa|можешь|можете|проверь|уточни|
    посмотри|пожалуйста|спроси)(?!\w)"""
"""How somebody asks a colleague: `Sylvain, peux-tu`. `Excellence, pouvez-vous` is asked of an ambassador."""
_TO_COLLEAGUES = re.compile(
    rf"""\s*(?:
    (?i:{_BY_ITSELF})\s*[?!:？؟]*
    | (?i:(?:ref|cite|source|optional|facultatif|opcional|pour[ ]mémoire|en[ ]option|need|note)\b)[ :]\s*[^\d].{{2,60}}
    | (?i:.{{0,30}}\b(?:to[ ](?:come|follow|be[ ]\w+ed)|à[ ](?:venir|suivre)|por[ ]\w+[aei]r|уточняется|
    будет[ ]позже))\s*[.!]?
    | (?i:.{{0,40}}\b(?:à|a|por)[ ]\w+[aei]r[ ](?:par|avec|por|con|auprès)\b).{{2,30}}
    | (?i:(?:per|as[ ]per|via|from|pending|awaiting|waiting[ ]for|according[ ]to|see[ ]with|ask|check[ ](?:with|w/)|
    cf\.?|d['’]après|selon|
      voir[ ]avec|en[ ]attente[ ]de|pendiente[ ]de|según|ver[ ]con|спросить|см\.|со[ ]слов|ждём|
      от)[ ]){_NAME}(?:[ ][^\d,]{{1,20}})?
    | (?i:(?:see|cf\.?|voir|ver|см\.?)[ ](?:my[ ]|your[ ]|the[ ]|her[ ]|his[ ]|mon[ ]|ton[ ]|le[ ]|el[ ]|tu[ ])?
      (?:e-?mail|mail|comment|thread|chat|slack|whatsapp|signal|courriel|message|commentaire|correo|comentario|письмо|комментарий)).*
    | {_NAME}(?:[ ]et[ ]\w+)?(?:[ \u00a0]?[:,])?[ ]
      (?i:(?:will|to|is[ ]going[ ]to|va|doit|va[ ]a|tiene[ ]que|debe)[ ])?(?i:пришл\w+|
    уточнит|проверит|даст|send|confirm|check|provide|add|write|update|supply|give|verify|find|envoyer|confirmer|vérifier|fournir|compléter|
      enviar|confirmar|verificar|mandar)(?!\w).{{0,50}}
    | (?i:.*\b(?:needs?[ ](?:a[ ]second[ ]look|checking|work|updating|rewording)|second[ ]look|too[ ](?:long|strong|
    weak|vague)\b|
      trop[ ](?:long|fort|vague)|demasiado[ ](?:largo|fuerte|vago)|слишком[ ](?:длинно|резко)).*)
    | .{{3,60}}\s[–—-]{{1,2}}\s?{_NAME}
    | (?!{_ADDRESSED}){_CALLED}.*
    | (?:请|待|等)\w{{1,6}}(?:确认|核实|提供|补充|定) | (?i:.*(?:tu[ ]confirmes|tu[ ]peux|puedes|¿confirmas|
    подтвердишь)).*
    )\s*"""
    , re.VERBOSE,
)  # fmt: skip
_GOES_ON = re.compile(r"(?i)\s*(?:and|or|but|et|ou|mais|y|o|pero|и|или|но)\s")
_FEW_WORDS = 6


def _parenthesis(match: re.Match[str], text: str, _language: Language) -> bool:
    words = match["words"]
    if in_quotation(text, match.start()) or FIELD in words:
        return False
    asked = [place for place, one in enumerate(words.rstrip()) if one in "?？؟"]
    # A question and something behind it, or a short one, is no aside to a reader.
    asks = (
        asked and not _GOES_ON.match(words) and (len(words.split()) <= _FEW_WORDS or asked[0] < len(words.rstrip()) - 1)
    )
    return bool(asks) or _TO_COLLEAGUES.fullmatch(words) is not None


# ------------------------------------------------------------------------------------------------- about the wording

_ABOUT_WORDING = re.compile(
    rf"""
    (?:^|(?<=[.!?:;][ ])|(?<=[*_]))(?:
      (?i:(?:suggested|proposed|alternative|possible|revised|shorter|longer|old|new|original)[ ]
        (?:wording|text|paragraph|sentence|version|phrasing|ending|opening|title|intro\w*)[ ]?:
      | (?:proposition|version|variante|formulation|ancien(?:ne)?|nouvel(?:le)?)[ ]
        (?:de[ ](?:texte|formulation|phrase)|courte|longue|texte|formulation|version)[ \u00a0]?:
      | (?:propuesta|versión|variante|redacción)[ ](?:de[ ](?:texto|redacción|frase)|corta|larga|anterior|
      alternativa)[ ]?:
      | (?:вариант|версия)[ ](?:\d|[АБ]|текста|короткий|длинный|короче)[ ]?:)
    | (?:Example|Sample|Exemple|Ejemplo|Пример|示例|范例)[ \u00a0]?[:：]
    | (?:Option|Version|Variante|Opción|Versión|Вариант|备选|方案)[ ]?(?:[A-C]|[1-3]|[АБВ]|[一二三])[ \u00a0]?[:：]
    | (?:Ask|Call|Ping|Email|Check[ ]with|Confirm[ ]with|Run[ ](?:this|it)[ ](?:by|past)|Demander[ ]à|Voir[ ]avec|
    Vérifier[ ]avec|
        Preguntar[ ]a|Confirmar[ ]con|Verificar[ ]con|Спросить[ ]у|Уточнить[ ]у)[ ]{_NAME}\b[^.\n]{{0,60}}
    | [A-Z]{{2,3}}:[ ][^.!\n]{{2,60}}\?
    | (?!{_ADDRESSED}){_CALLED}[^.\n]{{0,60}}
    | (?:À|A)[ ](?:reformuler|revoir|compléter|vérifier|traduire|raccourcir|étoffer|développer|préciser)[ ]?[.!]
    | (?:Ajouter|Insérer|Mettre|Préciser|Compléter|Agregar|Añadir|Poner|Insertar|Incluir|Completar|Вставить|
    Добавить|Указать|Дописать)[ ]
        (?:[^.\n]{{0,12}}(?:ici|aquí|сюда|здесь)\b|(?:le|la|les|un|une|el|los|las|una)?[ ]?(?:nom|chiffre|date|
        source|lien|référence|exemple|citation|
        nombre|cifra|fecha|fuente|enlace|referencia|ejemplo|cita|имя|цифр\w|дат\w|ссылк\w|пример|цитат\w)\b)[^.\n]{{0,40}}
    )
    | (?i:\b(?:comments?|edits?|feedback|suggestions?)[ ](?:are[ ]|very[ ]|most[ ])?welcome\b(?=\W*$|[ ](?:by|until|
    before)))
    | (?i:\b(?:word|character)[ ]count[ ]?:?[ ]?\d+ | \b\d{{2,4}}[ ]words?[ ]?(?:max(?:imum)?|limit)\b)
    | (?i:\[?\b(?:end|start|top|bottom)[ ]of[ ](?:page|document|letter|draft)\b(?:[ ]\d+)?\]?)
    | (?i:\b(?:update|check|confirm|remove|delete|fix|verify|change|translate|complete|proofread|
    review)[ ](?:\w+[ ]){{0,3}}(?:before|prior[ ]to)[ ]
        (?:sending|(?:we|you|i)[ ]send|it[ ]goes|this[ ]goes|circulat\w+|publi\w+|mailing)\b)
    | (?i:\b(?:before|until)[ ](?:we|you|i)[ ]send(?:[ ](?:it|this|out))?(?=\W*(?:$|[)\].])))
    | (?i:\b(?:embargoed|confidential|hold)[ ](?:until|till)[ ](?:approved|cleared|signed[ ]off|agreed)\b[^.\n]{{0,30}})
    | (?<![\w(])(?:NN|nn)(?=[ ][a-zà-ÿ]{{3,}}) | (?<![\w.,])\d{{1,3}}[xX](?=[ ](?!(?:more|less|as|higher|larger|faster|
    the|per|a)\b)[a-z]{{4,}}s\b)
    | (?<![\w.@/])@[a-z][\w.-]{{1,20}}(?=[:,]?[ ](?i:please|pls|can|could|check|is|merci|tu|peux|por|puedes|ok|
    thoughts)\b|\s*\?)
    """,
    re.VERBOSE | re.MULTILINE,
)  # fmt: skip


def _about_wording(match: re.Match[str], text: str, _language: Language) -> bool:
    return not in_quotation(text, match.start())


# ---------------------------------------------------------------------------------------------- programs that write

_TOOL = (
    r"(?:DeepL|Google[ ](?:Translate|Traduction|Traductor|Переводчик)|Chat-?GPT|GPT-?\d\w?|Copilot|Gemini|"
    r"Reverso|Grammarly|QuillBot|谷歌翻译)"
)
_TEXT = {
    "en": r"(?:version|translation|rewrite|rewording|letter|e-?mail)",
    "fr": r"(?:version|traduction|ébauche|brouillon|lettre|reformulation)",
    "es": r"(?:versión|traducción|borrador|carta|reformulación)",
    "ru": r"(?:верси\w|перевод\w*|вариант\w*|письм\w|проект[ ]письма)",
    "ar": r"(?:ترجمة|الترجمة|نسخة|النسخة|صيغة|الصيغة|مسودة|المسودة)",
    "zh": r"(?:译文|翻译|版本|修改稿|草稿|改写|润色)",
}
PROGRAM_WORDS = re.compile(
    rf"""(?:
    (?:^|(?<=[.!?:]\s)|(?<=[。！？：*_]))(?i:
      (?:sure(?:[ ]thing)?|certainly|of[ ]course|absolutely|no[ ]problem|great[ ]question)(?:!|[,.][ ](?=(?:here|I|
      below)\b))[^.\n]{{0,60}}
      | (?:bien[ ]sûr|certainement|avec[ ]plaisir|d['’]accord)(?:[ \u00a0]!|[,.][ ](?=voici|ci-dessous|
      j['’]))[^.\n]{{0,60}}
      | ¡?(?:claro(?:[ ]que[ ]sí)?|por[ ]supuesto|desde[ ]luego|con[ ]gusto)(?:!|[,.][ ](?=aquí|a[ ]continuación|
      he\b))[^.\n]{{0,60}}
      | (?:конечно|разумеется|с[ ]удовольствием)(?:!|[,.][ ](?=вот|ниже|я\b))[^.\n]{{0,60}}
      | (?:بالتأكيد|بالطبع|بكل[ ]سرور|حسناً)[ ]?(?:[!،])[ ]?[^.\n]{{0,60}}
      | (?:当然|好的|没问题)[！!，,](?=以下|这是|我|下面)?[^。\n]{{0,40}}
      | (?:here(?:['’]s|[ ]is|[ ]are)|below[ ]is)[ ](?:[\w’'-]+[ ]){{0,5}}{_TEXT["en"]}(?!\w)[^.\n]{{0,40}}:
      | (?:voici|ci-dessous)[ ,]+(?:[\w’'-]+[ ]){{0,5}}{_TEXT["fr"]}(?!\w)[^.\n]{{0,40}}[ \u00a0]?:
      | (?:aquí[ ](?:tienes?|está|va|tiene[ ]usted)|
      a[ ]continuación)[ ,]+(?:[\w’'-]+[ ]){{0,5}}{_TEXT["es"]}(?!\w)[^.\n]{{0,40}}:
      | (?:вот|ниже)[ ](?:[\w-]+[ ]){{0,4}}{_TEXT["ru"]}(?!\w)[^.\n]{{0,40}}:
      | (?:إليك|إليكم|فيما[ ]يلي|هذه)[ ](?:هي[ ])?{_TEXT["ar"]}[^.\n]{{0,40}}[:：]
      | (?:以下|下面|这)是[^。\n]{{0,12}}{_TEXT["zh"]}[^。\n]{{0,10}}[:：])
    | (?i:\bI(?:['’]ve|[ ]have|['’]d|[ ]would|['’]ll|[ ]can|[ ]could)[ ](?:also[ ]|now[ ])?(?:shortened|kept|
    revised|rewritten|reworded|rephrased|translated|
        adjusted|edited|softened|added|removed|changed|updated|made|tried|rewrite|shorten|translate|adjust|
        polish\w*)[ ](?:the|this|your|it|some|a)[ ]
        (?:\w+[ ]){{0,3}}(?:tone|text|paragraph|sentence|wording|version|letter|draft|translation|length|language|
        style|greeting|closing)\b[^.\n]{{0,40}})
    | (?i:\b(?:feel[ ]free[ ]to[ ]|you[ ](?:may|can)[ ](?:want[ ]to[ ])?)(?:adjust|edit|adapt|modify|tweak|
    customi[sz]e|change[ ]the[ ](?:wording|tone|text))\b[^.\n]{{0,40}})
    | (?i:n['’]hésitez[ ]pas[ ]à[ ](?:adapter|modifier|ajuster)[^.\n]{{0,40}}|no[ ]dude[sn]?[ ]en[ ](?:adaptar|
    modificar|ajustar)[^.\n]{{0,40}})
    | (?i:\blet[ ]me[ ]know[ ](?:if|whether|should)[ ](?:you|this|it|anything)[^.\n]{{0,30}}\b(?:changes?|chang\w+|
    adjust\w*|shorter|longer|edits?|revis\w+|else|tweak\w*|
        different|formal|help|version|tone)\b[^.\n]{{0,20}})
    | (?i:\bas[ ](?:an?[ ])?(?:AI|artificial[ ]intelligence|language[ ]model)(?:[ ](?:assistant|model|
    language[ ]model))?,?[ ]I\b[^.\n]{{0,40}})
    | (?i:\ben[ ]tant[ ]qu['’](?:IA|intelligence|assistant)\b[^.\n]{{0,40}}|\bcomo[ ](?:IA|asistente|
    inteligencia[ ]artificial)\b[^.\n]{{0,40}}
        |\bкак[ ](?:ИИ|искусственный[ ]интеллект|языковая[ ]модель)\b|(?:بصفتي|كنموذج)[ ](?:ذكاء|نموذج|لغوي)|
        作为(?:一个|一名)?(?:人工智能|AI|语言模型))
    | (?i:(?:translated|generated|written|drafted|checked|produced|traduit|rédigé|généré|traducido|redactado|
    generado|переведено|ترجم\w*|由)
        [ ]?(?:\w+[ ]){{0,2}}(?:with|by|using|via|avec|par|con|por|mediante|с[ ]помощью|через|بواسطة)?[ ]?){_TOOL}
    | 译文由\w{{2,10}}提供 | {_TOOL}(?:翻译|译)
    | (?i:\b(?:(?:here(?:['’]s|[ ]is)|voici|aquí[ ]tiene)[ ](?:an?|the|une?|la|una)[ ](?:[\w-]+[ ]){{0,4}}
        (?:version|versión)(?:[ ]\w+){{0,2}}[ ](?:of[ ]your|de[ ]votre|de[ ]su)[ ]\w+
      | as[ ]an?[ ](?:AI|artificial[ ]intelligence)[ ](?:language[ ])?model | como[ ]modelo[ ]de[ ]lenguaje
      | I[ ]hope[ ]this[ ](?:\w+[ ])?(?:helps|meets[ ]your[ ]needs) | j['’]espère[ ]que[ ](?:cela|cette[ ]version)
        [ ](?:vous[ ])?(?:aide|convient) | espero[ ]que[ ](?:esto|esta[ ]versión)[ ](?:le[ ]|te[ ])?(?:ayude|sirva))\b)
    | (?i:\b(?:regenerate[ ]response|copy[ ]code|knowledge[ ]cut-?off)\b)
    )""",
    re.VERBOSE | re.MULTILINE,
)
"""What a program that writes or translates says before, after or about what it wrote."""


_OF_A_LAW = re.compile(
    r"(?i)\b(?:articles?|paragraph|section|law|act|decree|code|judgment|resolution|clause|what|article|paragraphe|loi|décret|"
    r"artículo|párrafo|ley|decreto|стать\w+|закон\w*|пункт\w*)\b|المادة|القانون|条|法"
)


def _said_by_program(match: re.Match[str], text: str, _language: Language) -> bool:
    # `Here is the translation of article 4:` leads to a quotation.
    quotes = match[0].rstrip().endswith((":", "：")) and _OF_A_LAW.search(match[0]) is not None
    return not quotes and not in_quotation(text, match.start())


# ------------------------------------------------------------------------------------------------------- odd marks

_FIELDS = (
    r"(?:first|last|full|given|family|recipient|contact|mission|country|state|org(?:ani[sz]ation)?|company|signatory|sender|user)"
    r"[ ._-]?(?:name|title|email|id|city|country|code|address)?|names?|f_?name|l_?name|e-?mail|title|salutation|"
    r"greeting|date|city|address|"
    r"surname|ambassador|prénom|nom|pays|titre|ville|nombre|apellidos?|pa[íi]s|cargo|ciudad|fecha|имя|фамилия|страна|должность|"
    r"город|дата|الاسم|البلد|الدولة|姓名|国家|国名|职务"
)
_ODD_MARK = re.compile(
    rf"""
    @@[A-Za-z_]{{2,30}}@@ | %[A-Za-z_.]{{2,30}}\|[^%\n]{{0,30}}% | \(\((?:{_FIELDS})\)\) | ‹\s?(?:{_FIELDS}|\w+_\w+)\s?›
    | (?<![\w|])\|(?:{_FIELDS})\|(?![\w|]) | %%=[^%\n]{{1,40}}=?%% |
    «[ \u00a0\u202f]?[A-Za-z]+_[A-Za-z_]+[ \u00a0\u202f]?»
    | (?<![\w:/.]):(?:{_FIELDS}):(?!\w) | &(?:{_FIELDS}); | (?<![\w=])=(?:{_FIELDS})=(?![\w=]) |
    (?<![\w-])-(?:{_FIELDS})-(?![\w-])
    | (?<![\w+])\+(?:{_FIELDS})\+(?![\w+]) | (?<![\w!])!(?:{_FIELDS})!(?!\w) | (?<![\w/\\])\\(?:{_FIELDS})\\ |
    \^\^?(?:{_FIELDS})\^\^?
    | \((?:%|\$|\#)[\w.]+\) | \[\w+(?:field|tag)?=[\w. "'-]+\] | <(?:mergefield|field|var|
    placeholder)[ /=][^>\n]{{0,40}}>
    """,
    re.VERBOSE | re.IGNORECASE,
)

# ------------------------------------------------------------------------------------------------- out of a mailbox

_OUT_OF_A_MAIL = re.compile(
    r"""(?im)^[ >*_]{0,6}(?:
    (?:on|le|el|am|il|op|em)[ ][^\n]{4,90}[ ,](?:wrote|writes|a[ ]écrit|escribió|schrieb|ha[ ]scritto|schreef|
      escreveu)[ \u00a0]?:
    | [^\n]{4,90}(?:пишет|писал|писала|написал|написала|كتب|كتبت|写道)[^\n\w]{0,12}[:：]
    | -{2,}[ ]?(?:original[ ]message|forwarded[ ]message|message[ ](?:d['’]origine|transféré|original)|mensaje[ ]
      (?:original|reenviado)|(?:исходное|пересылаемое)[ ]сообщение|الرسالة[ ]الأصلية|原始邮件)[ ]?-{2,}
    | (?:from|to|cc|sent|subject|de|à|para|envoyé|objet|enviado|asunto|от|кому|тема|发件人|收件人|من|إلى)
      [ \u00a0]?[:：][^\n]{0,60}@[\w.-]+\.\w+[>\])]?
    | (?:sent|get[ ]outlook)[ ](?:from|for)[ ](?:my|outlook|mail|iphone|ios|android|yahoo|proton|gmail)[^\n]{0,30}
    | (?:envoyé[ ](?:de(?:puis)?[ ]mon|à[ ]partir[ ]d)|enviado[ ]desde[ ]mi|отправлено[ ](?:с|из)[ ]|
      أرسل(?:ت)?[ ]من[ ]|发自我的)[^\n]{0,30}
    )[ *_]{0,4}$""",
    re.VERBOSE,
)
"""What a mail program writes: above what it quotes, and below what it sends."""

ASIDES: tuple[Rule, ...] = (
    ("words.leftover", _OUT_OF_A_MAIL, lambda match, text, _: not in_quotation(text, match.start())),
    ("words.leftover", PROGRAM_WORDS, _said_by_program),
    ("words.merge-mark", _ODD_MARK, _ALWAYS),
    ("words.brackets", _SQUARE, _square),
    ("words.note-perhaps", _ROUND, _parenthesis),
    ("words.note-perhaps", _ABOUT_WORDING, _about_wording),
)
ASIDES_NEED = {_SQUARE: "[［【", _ROUND: "(（"}
"""A rule finds nothing in a text that has none of these characters."""
ASIDES_NEED_WORDS: dict[re.Pattern[str], tuple[str, ...]] = {
    PROGRAM_WORDS: (
        "!", "！", ":", "：", "sure", "certainly", "of course", "absolutely", "no problem", "question", "bien sûr",
        "certainement", "plaisir", "d’accord", "d'accord", "claro", "por supuesto", "desde luego", "gusto", "конечно",
        "разумеется", "удовольствием", "بالتأكيد", "بالطبع", "سرور", "حسناً", "当然", "好的", "没问题", "i’", "i'",
        "i have", "i would", "i can", "i could", "feel free", "you may", "you can", "hésitez", "no dude", "let me know",
        "as a", "en tant", "como ia", "como asis", "como intel", "как ии", "как искус", "как язык", "voici",
        "here", "aquí tiene",
        "modelo de", "hope this", "espère que", "espero que", "بصفتي", "كنموذج",
        "作为", "deepl", "google", "gpt", "copilot", "gemini", "reverso", "grammarly", "quillbot", "译", "regenerate",
        "copy code", "knowledge",
    ),
    _ABOUT_WORDING: (
        ":", "：", "?", "ask ", "call ", "ping ", "email ", " with ", "run ", "demander", "voir avec", "vérifier",
        "preguntar", "confirmar", "verificar", "спросить", "уточнить", "à re", "à co", "à vé", "à tr", "à ra", "à ét",
        "à dé", "à pr", "a re", "a co", "ajouter", "insérer", "mettre", "préciser", "compléter", "agregar", "añadir",
        "poner", "insertar", "incluir", "completar", "вставить", "добавить", "указать", "дописать", "welcome", "count",
        "word", " of page", " of doc", " of letter", " of draft", "before", "prior to", "until", "till", "nn ", "x ",
        "@", *re.findall(r"\w{5,}", _CALLED.casefold()),
    ),
    _OUT_OF_A_MAIL: (
        ":", "：", "--", " my ", "iphone", "outlook", "mobile", "mon ", "desde mi", "отправлено", "أرسل", "发自",
    ),
}  # fmt: skip
"""The same with words, in small letters."""
