"""A letterhead that nobody has filled in: labels in the place of an address, the sample's own name, box and logo."""

import re
from collections.abc import Iterator

from outreach.letters.lint.lint_hit import Hit, flat

_LABEL = (
    r"(?:(?:your|our|votre|notre|su|nuestr[oa]|ваш\w?|наш\w?|您的|贵)\s?)?(?:full |postal |mailing |office |street )?"
    r"(?:street|road|avenue|town|city|village|place|post ?code|postal code|zip(?: code)?|country|state|region|"
    r"address(?: line)?(?: [12])?|line [12]|phone|telephone|tel\.?|fax|e-?mail|web ?site|url|p\.?o\.? box|number|no\.?|"
    r"organi[sz]ation|coalition|name|slogan|motto|department|"
    r"rue|ville|code postal|pays|adresse(?: postale)?|téléphone|tél\.?|courriel|site(?: web| internet)?|numéro|n°|"
    r"boîte postale|organisation|coalition|association|nom(?: de l['’]organisation)?|"
    r"calle|ciudad|código postal|país|dirección|teléfono|correo(?: electrónico)?|sitio web|número|apartado(?: postal)?|"
    r"organización|coalición|asociación|nombre(?: de la organización)?|"
    r"улица|город|индекс|страна|адрес|телефон|тел\.?|электронная почта|эл\. почта|сайт|дом|организация|название|"
    r"الشارع|المدينة|الرمز البريدي|البلد|العنوان|الهاتف|البريد الإلكتروني|الموقع|صندوق البريد|اسم المنظمة|المنظمة|"
    r"街道|城市|邮编|邮政编码|国家|地址|电话|传真|邮箱|电子邮件|网站|组织名称|机构名称|单位名称)"
)
_ONLY_LABELS = re.compile(rf"(?i)\W*{_LABEL}(?:(?:\s*[,،，、·•|/;–—-]\s*|\s+(?:and|et|y|и|و)\s+|\s){_LABEL})*\W*")
_FOR_SHOW = re.compile(
    r"""(?i)\b(?:1234?5?|0000|00)\b,?\s(?:(?:main|any|some|example|sample|your|high|first|rue|calle)\b|улица)
    | \bany\s?town\b | \banywhere\b | \bsome\s?(?:town|city|street)\b
    | \b(?:example|sample)\s(?:street|road|city|town)\b
    | \brue\s(?:de\sl['’])?exemple\b | \bville[-\s]exemple\b | \bcalle\s(?:de\s)?ejemplo\b | \bciudad\sejemplo\b
    | \bmuster(?:stra(?:ß|ss)e|stadt|mann)\b | \b(?:улица\sпримерная|примерная\sулица)\b | 示例 | 某某 | \bxx+\b
    | \b(?:0{4,}|12345)\b""",
    re.VERBOSE,
)
_NAMES = re.compile(
    r"(?i)(?:our|your|my|the|votre|notre|nuestra|su|наша|ваша)\s(?:coalition|organi[sz]ation|network|association|"
    r"campaign|company|organización|coalición|коалиция|организация)(?:\s(?:name|here))?|(?:coalition|organi[sz]ation|"
    r"company)\s(?:name|title)|name of (?:the |your )?(?:coalition|organi[sz]ation)|letterhead|en-tête|membrete|"
    r"نموذج|我们的联盟|贵组织"
)
_SAMPLE_BOX = re.compile(r"(?i)@coalition\.example\b")


def hits_of_letterhead(name: str, lines: tuple[str, ...], sender: str) -> Iterator[tuple[str, Hit]]:
    """Yield what of a letterhead is still to be written, each with its line, or `name`'s."""
    if _NAMES.fullmatch(name.strip()) or (name.strip() and _ONLY_LABELS.fullmatch(name.strip())):
        yield name, Hit("words.leftover", flat(name))
    for line in lines:
        parts = [part for part in re.split(r"\s+[·•|–—]\s+", line) if part.strip()]
        for part in parts:
            if _ONLY_LABELS.fullmatch(part.strip()) or _FOR_SHOW.search(part):
                yield line, Hit("words.leftover", flat(part))
        if _SAMPLE_BOX.search(line) and not _SAMPLE_BOX.search(sender):
            yield line, Hit("words.sample", flat(line))
