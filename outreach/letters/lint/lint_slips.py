"""Slips of the hand and of programs that write: a title twice, a month without its day."""

import re

from outreach.month_names import month_names
from outreach.vocabulary import Language

TITLED_TWICE = re.compile(
    r"""(?<!\w)(?:
    (?:Madame|Mademoiselle|Mme\.?|Mlle\.?)[ \u00a0](?:Madame|Mme\.?|Mlle\.?)
    | (?:Monsieur|M\.)[ \u00a0](?:Monsieur|M\.|Mr\.?)
    | (?:Mr\.?|Mister)[ \u00a0](?:Mr\.?|Mister) | (?:Mrs\.?|Ms\.?|Miss)[ \u00a0](?:Mrs\.?|Ms\.?|Miss)
    | (?:Dr\.?|Doctor)[ \u00a0](?:Dr\.?|Doctor) | H\.E\.[ \u00a0]H\.E\. | S\.E\.[ \u00a0]S\.E\.
    | H\.\s?E\.[ \u00a0](?:His|Her|Your|Their)[ ]Excellenc(?:y|ies) | (?:His|Her)[ ]Excellency[ \u00a0]H\.\s?E\.
    | S\.\s?E\.[ \u00a0](?:(?:Son|Votre)[ ]Excellence|Su[ ]Excelencia)
    | Son[ ]Excellence[ \u00a0]S\.\s?E\. | Su[ ]Excelencia[ \u00a0]S\.\s?E\.
    | (?:Prof\.?|Professor)[ \u00a0](?:Prof\.?|Professor) | (?:Amb\.?|Ambassador)[ \u00a0](?:Amb\.?|Ambassador)
    | (?:Ambassadeur|Ambassadrice)[ \u00a0](?:Ambassadeur|Ambassadrice) | Embajadora?[ \u00a0]Embajadora?
    | (?:Mr|Ms|Mrs)\.?[ \u00a0]Dr\.?[ \u00a0](?:Mr|Ms|Mrs)\.? | Dr\.?[ \u00a0](?:Mr|Ms|Mrs)\.?[ \u00a0]Dr\.?
    | Его[ ]Превосходительство[ \u00a0]Е\.\s?П\.
    | (?:Señora|Sra\.)[ \u00a0](?:Señora|Sra\.) | (?:Señor|Sr\.)[ \u00a0](?:Señor|Sr\.)
    | (?:госпожа|г-жа)[ \u00a0](?:госпожа|г-жа) | (?:господин|г-н)[ \u00a0](?:господин|г-н)
    )[ \u00a0](?=[A-ZÀ-ÝА-ЯЁ])""",
    re.VERBOSE,
)
"""A form of address and once more the same, in full or short: `Madame Mme Dupont`."""

_CIVIL = (
    r"(?:Mr\.?|Mrs\.?|Ms\.?|Miss|Mx\.?|Sir|Madam|M\.|MM\.|Mme\.?|Mmes|Mlle\.?|Monsieur|Madame|Mademoiselle|Sr\.|Sra\.|Srta\.|"
    r"Señora?|Señorita|Herr|Frau|[Гг]осподин\w?|[Гг]оспож[аеи]|[Гг]-ж(?:а|е|у|ой)|[Гг]-н(?:у|а|ом)?|Signora?)"
)
_RANK = (
    r"(?:Dr\.?|Prof\.?|Professor|H\.\s?E\.|S\.\s?E\.|Amb\.?|Ambassador|Hon\.?|Rev\.?|Doctor|Me|Pr\.?|Excmo\.|Excma\.)"
)
TWO_TITLES = re.compile(
    rf"(?<![\w.]){_CIVIL}[ \u00a0](?:{_RANK}[ \u00a0])*{_CIVIL}[ \u00a0](?:{_RANK}[ \u00a0])*"
    r"[A-ZÀ-ÝА-ЯЁ][\w’'-]+(?:[ \u00a0][A-ZÀ-ÝА-ЯЁ][\w’'-]+)?"
    rf"|(?<![\w.])(?P<rank>Dr\.?|Prof\.?|H\.\s?E\.|S\.\s?E\.|Amb\.?)[ \u00a0](?:{_CIVIL}[ \u00a0])?(?P=rank)[ \u00a0]"
    r"[A-ZÀ-ÝА-ЯЁ][\w’'-]+|(?:السيدة?|الآنسة)[ ](?:السيدة?|الآنسة)[ ]\w+|(?:先生(?:女士|小姐|夫人)|女士(?:先生|"
    r"夫人))(?!们)(?=[，。、：]|$)"
)
"""Two forms of address before one name: `Ms Mr. Renk`, `Dr. Mr. Dr. Holm`."""

_EN, _FR, _ES = ("|".join(month_names(one)) for one in (Language.ENGLISH, Language.FRENCH, Language.SPANISH))
DAY_MISSING = re.compile(
    rf"""(?<!\w)(?:
    (?:el|del|al)[ ]+de[ ]+(?:{_ES})[ ]+de[ ]+(?=\d{{4}})
    | (?:le|au)[ ]+(?:{_FR})[ ]+(?=\d{{4}})
    | (?:on|by|until)[ ]+(?:the[ ]+)?of[ ]+(?:{_EN})(?!\w)
    )""",
    re.VERBOSE,
)
"""A month whose day is missing: `el de marzo de 2027`."""

FIGURE_MISSING = re.compile(
    r"""(?<!\w)(?:
    (?:by|with)[ ]+(?:a[ ](?:recorded[ ])?vote[ ]of[ ]+)?(?:votes?[ ]+(?:to|against|in[ ]favou?r)|to[ ]+\d)
    | par[ ]+voix[ ]+(?:contre|pour) | por[ ]+votos?[ ]+(?:contra|a[ ]favor|en[ ]contra)
    | (?:принят\w*|одобрен\w*)[ ]+голосами[ ]+(?:против|за|при)
    | بأغلبية[ ]صوت(?:اً|ا)?[ ](?:مقابل|ضد) | 以票(?:赞成|对|比)
    | (?:about|nearly|only|some|almost|over|than|sur|près[ ]de|environ|seulement|casi|cerca[ ]de|solo|sólo|
        около|почти|более|        лишь|نحو|حوالي|قرابة)[ ]+[%٪]
    | (?:more|fewer|less)[ ]than[ ]+(?:percent|per[ ]cent) | (?:plus|moins)[ ]de[ ]+pour[ ]cent
    | más[ ]de[ ]+por[ ]ciento
    )(?!\w)""",
    re.VERBOSE,
)
"""A figure that is missing before what it counts: `adopted by votes to 9`, `nearly %`."""

EMPTY_GREETING = re.compile(
    r"""^[ ]{0,3}(?:
    (?:Dear|Your[ ]Excellency)\b[^,:!.\n\ufffc]{0,40}[ \u00a0]+[,:!]
    | Dear[ ](?:Mr|Mrs|Ms|Miss|Dr|Prof|H\.E)\.?[ ]*[,:]
    | (?:Ch[eè]re?s?|Monsieur|Madame|Excellence)\b[^,.\n\ufffc]{0,40}[ \u00a0]+,
    | (?:Estimad|Distinguid|Excelent|Querid|Señor)\w*[^,:.\n\ufffc]{0,40}[ \u00a0]+[,:]
    | (?:Estimad[oa]|Distinguid[oa])[ ](?:Sr|Sra|Dr|Dra)\.?[ ]*[,:]
    | (?:Уважаем|Многоуважаем|Глубокоуважаем|Дорог)\w+[^,!:.\n\ufffc]{0,40}[ \u00a0]+[,!:]
    | Уважаем\w+[ ](?:г-н|г-жа)[ ]*[,!]
    | (?:سعادة|السيدة?|حضرة|معالي|عزيز\w*)[ ]*[،:](?=\s|$) | (?:尊敬的|致)\s*[：:，,]
    )""",
    re.VERBOSE | re.MULTILINE,
)
"""A greeting in which whom it greets is missing: `Dear Ms ,`, `Уважаемая госпожа !`, `尊敬的：`."""

_THING = (
    r"(?:date|day|time|name|country|state|title|place|venue|city|number|figure|amount|organi[sz]ation|source|link|"
    r"room|e-?mail|phone|address|jour|heure|nom|pays|état|titre|lieu|ville|nombre|chiffre|montant|lien|salle|adresse|"
    r"fecha|día|hora|país|estado|título|cargo|lugar|ciudad|número|cifra|importe|organización|fuente|enlace|sala|"
    r"дат|день|врем|им[яе]|фамили|стран|государств|должност|мест|город|числ|цифр|сумм|организаци|источник|ссылк|зал|"
    r"التاريخ|اليوم|الاسم|البلد|الدولة|اللقب|المكان|المدينة|العدد|الرقم|المبلغ|المنظمة|المصدر|الرابط|القاعة|"
    r"日期|时间|姓名|名称|国家|国名|职务|地点|城市|数字|人数|金额|组织|来源|链接)"
)
TO_FILL_IN = re.compile(
    rf"""(?<![!\]\w])[(（\[［【][ ]?(?:
    (?:(?:please[ ])?(?:insert|add|enter|fill[ ]in|specify|indicate|give|state|put|type|provide|complete|check|confirm)
    | indiquer|préciser|insérer|ajouter|mettre|écrire|renseigner|compléter|vérifier|saisir
    | indicar|insertar|añadir|agregar|poner|escribir|incluir|precisar|completar|especificar|verificar
    | указать|вписать|вставить|добавить|написать|уточнить|заполнить|укажите|впишите|вставьте|добавьте
    | أدخل|أدرج|اكتب|أضف|حدد|يذكر|تذكر|ضع)[ ](?:[\w'’]+[ ]){{0,3}}{_THING}\w{{0,4}}
    | (?:请)?(?:填写|填入|注明|插入|补充|输入|写明)[^()（）\n]{{0,6}}{_THING}
    | {_THING}\w{{0,4}}[ ](?:to[ ](?:be[ ]\w+|come|follow|confirm|check)|à[ ]\w+er|por[ ]\w+[aei]r|уточнить|уточняется)
    | {_THING}(?:待定|待填|待补充?)
    )(?:[ ](?:here|ici|aquí|здесь|сюда|هنا))?[ ]?[)）\]］】](?![(\[])""",
    re.VERBOSE | re.IGNORECASE,
)
"""An order to fill something in, in brackets: `(insert the date)`, `(указать дату)`."""

LABELLED_NOTE = re.compile(
    r"""(?<!\w)(?:
    (?:N\.?\s?B\.?|NOTES?|NOTA|OJO|FYI|REMINDER|ATT?N|ATTENTION|ВНИМАНИЕ|ПРИМЕЧАНИЕ|QUESTION|Q|注意|提醒|ملاحظة|تنبيه)
      [ ]?[:：!！][ ]?(?:[*_]{0,2})(?:please[ ])?(?:ask|check|confirm|verify|update|add|insert|replace|delete|remove|
      cut|translate|send|see[ ]with|call|wait|do[ ]not|don['’]t|need|
      vérifier|demander|confirmer|ajouter|remplacer|traduire|
      supprimer|relire|voir[ ]avec|attendre|ne[ ]pas|confirmar|preguntar|verificar|revisar|añadir|cambiar|
      traducir|quitar|
      no[ ](?:enviar|poner)|falta|проверить|уточнить|спросить|добавить|заменить|перевести|удалить|не[ ]отправлять|
      核实|确认|核对|检查|补充|询问|问|تحقق|تأكد|اسأل|راجع|أضف)[^.!?。！？\n()（）]{0,60}
    | OJO[ ]?[:!][^.!?\n()]{0,60}
    | (?:(?:before|prior[ ]to)[ ]sending(?:[ ](?:this|it|out|the[ ](?:letter|mail)))?
      |avant[ ](?:l['’])?(?:envoi|d['’]envoyer)
      |antes[ ]de[ ]enviar(?:la|lo)?|перед[ ]отправкой|قبل[ ]الإرسال)(?=\s*(?:[!)\]]|\Z|\n\s*\n))
    )|(?:发送|寄出|发出)前(?:请)?(?:核实|确认|核对|检查)""",
    re.VERBOSE | re.MULTILINE,
)
"""A note to a colleague that says what it is: `NB: ask Pilar`, `OJO: confirmar con Inés`."""

SHORT_DOUBLED = re.compile(r"(?<![\w'’.\-\u00ad])(?P<one>[aàyeéовскиуя])[ \n\u00a0]+(?P=one)(?![\w'’.)\-])")
"""A word of one letter and once more the same: `в в`, `à à`."""

DOUBLED_IN_CHINESE = re.compile(
    r"(?P<word>(?!一|很多|许多|非常|考虑|研究|讨论|商量|了解|准备|十分|多少|谢谢|哈哈|第|年|月|日)[\u4e00-\u9fff]{2,4})(?P=word)"
)
"""A word and once more the same, where no space parts them. Some are said so: `一步一步`, `讨论讨论`."""

PAGE_OF_PAGES = re.compile(
    r"""^[ *_|-]{0,4}(?:
    (?:pages?|página|pág\.|p\.|страница|стр\.|صفحة|الصفحة)[ \u00a0]*[\d٠-٩]{1,3}[ \u00a0]*
      (?:of|de|sur|из|من|/)[ \u00a0]*[\d٠-٩]{1,3}
    | 第\s*\d{1,3}\s*页\s*[,，/、]?\s*共\s*\d{1,3}\s*页
    | -[ ]?\d{1,2}[ ]?-
    )[ *_|-]{0,4}$""",
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
"""The foot of a page that was copied with its text: `Page 2 of 3` on a line of its own."""

TRACKED_IN_WORDS = re.compile(
    r"""(?:(?<=[\w,;)»”][ \u00a0])|(?<=[.!?][ \u00a0])|^[ ]{0,3})(?:
    (?:Deleted|Inserted|Formatted|Moved[ ](?:down|up)(?:[ ]\[\d+\])?|Commented(?:[ ]\[\w+\])?)[ ]?:
    | (?:Supprimé|Inséré|Ajouté|Mis[ ]en[ ]forme|Déplacé|Commenté(?:[ ]\[\w+\])?)[ \u00a0\u202f]?:
    | (?:Eliminado|Insertado|Suprimido|Con[ ]formato|Movido|Comentado(?:[ ]\[\w+\])?)[ ]?:
    | (?:Удалено|Вставлено|Добавлено|Отформатировано|Перемещено|Примечание[ ]\[\w+\])[ ]?:
    | (?:حُذف|تم[ ]الحذف|محذوف|تمت[ ]الإضافة|تم[ ]التنسيق)[ ]?:
    | (?:已删除|删除的内容|已插入|带格式的|批注[ ]?\[\w+\])[ ]?[:：]
    )[ \u00a0]*[^\n.]{1,40}""",
    re.VERBOSE | re.MULTILINE,
)
"""A balloon of tracked changes that was copied with the text: `We regret Deleted: deeply the delay`."""

_BEFORE_BLANK = (
    r"in|of|over|some|about|nearly|than|all|other|least|by|to|from|for|dans|de|des|en|plus|sur|pour|aux|environ|près|"
    r"quelque|los|las|unos|unas|más|sobre|por|para|casi|cerca|другие|в|во|из|за|по|около|более|свыше|почти|от|для|с|"
    r"на|до"
)
BLANK_NUMBER = re.compile(
    rf"""(?<!\w)(?:{_BEFORE_BLANK})[ \u00a0](?P<blank>[XХ]{{2,3}}|[NН]{{2}})[ \u00a0]
    (?!век|столет|съезд|сесси|глав|в\.|том|стат|centur|siècle|siglo|secolo|congr|session|period|edici|édition)
    [a-zà-ÿа-яё]{{3,}}""",
    re.VERBOSE,
)
"""A number that is still to come, before what it counts: `in XX countries`, also of Cyrillic letters."""


NAME_MISSING = re.compile(r"(?<![\w.])(?:Mr|Mrs|Ms|Mme|Mlle|Sr|Sra|Messrs|Г-н|Г-жа|г-н|г-жа)\.?[ \u00a0]+[,.;:)](?!\w)")
"""A form of address with no name behind it: `write to Ms. , our director`."""
COMMENT_MARK = re.compile(
    r"(?i:(?:comment(?:ed|aire|é)?|comentario|comentado|примечание|تعليق|"
    r"批注)[ \u00a0]?\[[^\W\d_]{1,3}\d{1,3}\](?:[ \u00a0]?[:：][^\n]{0,40})?)"
    r"|(?<![\w\]])\[[A-ZА-Я]{2,3}\d{1,2}\](?![(\[:])"
)
"""The mark of a comment that was copied with the text: `Comment [AK1]: too strong?`."""
NO_LETTER_YET = re.compile(
    r"""(?ix)(?<!\w)(?:
    (?:this[ ]is|ceci[ ]est|c['’]est|est[ao][ ]es|это)[ ](?:only[ ]|just[ ]|seulement[ ]|solo[ ])?(?:an?[ ]|une?[ ])?
      (?:test|sample|trial|dummy|mock|пробное|тестовое)[ ](?:letter|message|e-?mail|mailing|text|письмо|сообщение)
    | (?:lettre|message|courriel|texte)[ ](?:de[ ]test|d['’]essai)(?=\W) | (?:carta|mensaje|correo|
    texto)[ ]de[ ]prueba(?=\W)
    | (?:write|type|enter|put|paste|écrivez|saisissez|tapez|insérez|collez|escriba|introduzca|inserte|pegue|введите|
    напишите|вставьте)
      [ ](?:here|ici|aquí|здесь|сюда)(?!\w)[^.\n]{0,30}
    | (?:this|the[ ](?:first|second|third|next|last))[ ](?:paragraph|sentence|
    section)[ ](?:should[ ](?!be[ ](?:deleted|amended|kept))|is[ ]where[ ]|
      (?:explains|describes|says|tells)[ ](?:who|why|what|how)[ ]you\b)[^.\n]{0,40}
    | \([ ]?signature[ ]?\) | J\.[ ]?Doe(?!\w) | N\.[ ]?N\.(?=\W) | A\.[ ]?N\.[ ]?Other(?!\w)
    | (?:name|title|logo|address|nom|titre|nombre|cargo)[ ](?:of|de|del)[ ](?:the[ ]|la[ ]|l['’])?(?:signatory|
    organi[sz]ation|director|sender|
      coalition|signataire|organización|firmante)(?=[ ]*(?:\\?$|,))
    | (?:organi[sz]ation|coalition|ngo|company|contact|director)['’]?s?[ ](?:name|title|address)(?=[ ]*(?:\\?$|,))
    | (?:ce|le[ ]premier|le[ ]second)[ ]paragraphe[ ]doit[ ][^.\n]{0,40} | este[ ]párrafo[ ]debe[ ][^.\n]{0,40}
    )""",
    re.MULTILINE,
)
"""What a letter's template says of itself: `This is a test letter`, `Écrivez ici votre message`."""
_SIGNERS = (
    r"(?:organi[sz]ations?|individuals?|groups?|people|persons?|signator(?:y|ies)|undersigned|networks?|coalitions?|associations?|members?|"
    r"supporters|organisations?|individus?|personnes?|signataires?|soussign\w+|réseaux|organizaci(?:ón|ones)|personas?|individuos|firmantes|"
    r"redes|asociaciones|организаци\w+|лиц\w?|человек|подпис\w+|объединени\w+|منظمة|منظمات|شخص|أشخاص|أفراد|جمعية|个?组织|个人|人|机构|团体)"
)
NOBODY_SIGNS = re.compile(
    rf"""(?ix)
    (?:(?:on[ ]behalf[ ]of|signed[ ]by|joined[ ]by|endorsed[ ]by|supported[ ]by|undersigned|we,?[ ](?:the[ ]|
    are[ ])?|following|au[ ]nom[ ]d(?:e[ ]|['’])|
      signée?[ ]par|nous,?[ ](?:les[ ])?|soussigné\w*|en[ ]nombre[ ]de|firmad[oa][ ]por|
      nosotr[oa]s,?[ ](?:l[oa]s[ ])?|от[ ]имени|подписал\w*|мы,?[ ]|
      باسم|نيابة[ ]عن|نحن[ ]?|وقعت?ها?|代表|由|我们)[ ]?(?:\w+[ ]){{0,2}}(?:ال\w*)?)
      (?<![\d.,])(?:0|zero|zéro|cero|no[ ]|ноль|нуля|صفر|零)(?![\d.,%])[ \u00a0]?(?:家|个|名|
      位)?(?:[\w-]+[ ]){{0,2}}?{_SIGNERS}
    | ال(?:منظمات|أفراد|موقع\w+)[ ]ال\w?0(?!\d)[ ]?\w*
    | ^\W{{0,6}}(?:number[ ]of[ ]|nombre[ ]de[ ]|
    número[ ]de[ ])?{_SIGNERS}\W{{0,3}}\s?[(:：（][ \u00a0]?0[ ]?[)）]?\W{{0,4}}$
    | (?<![\d.,])0[ ]?(?:家|个|名|位)?(?:署名|签署|联署){_SIGNERS} | signed[ ]by[ ]0\b
    """,
    re.MULTILINE,
)
"""Nobody, counted: `on behalf of 0 organisations`, `Signatories (0)`."""
HYPHEN_LEFT = re.compile(
    r"(?<![\w-])[^\W\d_]{2,}-(?:[ ]+|\n)(?!(?:and|or|to|nor|et|ou|y|e|o|u|и|или|und|oder|und|"
    r"bis)\b)[a-zà-ÿа-я]{2,}(?![\w-])"
)
"""A word that was divided at a line's end, and no longer stands there: `Govern- ment`."""
PHRASE_DOUBLED = re.compile(
    r"(?<![\w’'-])(?P<phrase>[^\W\d_]+(?:[ \n\u00a0]+[^\W\d_]+){1,3})[ \n\u00a0]+(?P=phrase)(?![\w’'-])", re.IGNORECASE
)
"""Two to four words and once more the same: `to support to support`, `dans le dans le`."""
EMPTY_MARKS = re.compile(
    r"(?:[\w’'-]+,?[ \u00a0])?(?:“[ \u00a0]*”|«[ \u00a0\u202f]*»|《\s*》|「\s*」|『\s*』|"
    r"(?<![\w.!?…])\"[ ]?\"(?![\"\w])|‘[ ]*’)[,.;]?"
)
"""Quotation marks with nothing between them, and the word before them."""
DOUBLE_SPACE = re.compile(r"(?<=[^\s.!?:;。|>*+-])(?P<gap>[ \u00a0\u202f]{2,})(?=[^\s|\\])")
"""More than one space within a sentence: what stood between them was a field, or was to be written."""
