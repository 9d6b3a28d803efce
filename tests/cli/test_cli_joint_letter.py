"""A joint letter by commands: six Word files and a form's answers, approved, sent, and published with all who sign."""

import csv
import email
import email.policy
import html
import re
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pypdf
import pytest

from outreach.vocabulary import Language
from tests.cli.conftest import Ran, Run, at_once
from tests.examples import HEAVY
from tests.scripted_smtp import ScriptedSmtp
from tests.word_by_hand import docx, paragraph, run

UNDER = 15
"""So many commands would be too many."""

TO = {"en": "GBR", "fr": "FRA", "es": "ESP", "ar": "EGY", "zh": "CHN", "ru": "RUS"}
"""A mission that corresponds in each language."""

WORDS = {
    "en": (
        "Subject: Joint letter on independent river monitors",
        ("We, the undersigned individuals and organisations, write about those who measure what flows through our "
        "rivers. They take samples where people drink, and tell what they find."),
        ("Over the past years many of them were summoned, fined or locked out of their laboratories after they had "
        "published a reading. Some lost their work, and others no longer dare to publish at all."),
        ("We urge {% if open %}every Government{% else %}{{ mission|the }}{% endif %} to support a resolution that "
        "protects independent monitors, and asks every state to keep its registers of pollution open."),
        "We would be grateful for your answer by 25 March 2044.",
        "List of those who sign:",
    ),
    "fr": (
        "Objet : Lettre conjointe sur les observateurs indépendants des rivières",
        ("Nous, personnes et organisations soussignées, vous écrivons au sujet de celles et ceux qui mesurent ce qui "
        "coule dans nos rivières. Ils prélèvent l’eau là où les gens boivent, et disent ce qu’ils trouvent."),
        ("Ces dernières années, beaucoup ont été convoqués, condamnés à une amende ou privés de leur laboratoire après "
        "avoir publié une mesure. Certains ont perdu leur emploi, d’autres n’osent plus rien publier."),
        ("Nous prions {% if open %}chaque gouvernement{% else %}{{ mission|the }}{% endif %} d’appuyer une résolution "
        "qui protège les observateurs indépendants, et de tenir ouverts les registres de pollution."),
        "Nous vous serions reconnaissants de bien vouloir répondre avant le 25 mars 2044.",
        "Liste des signataires :",
    ),
    "es": (
        "Asunto: Carta conjunta sobre los observadores independientes de los ríos",
        ("Las personas y organizaciones abajo firmantes escribimos acerca de quienes miden lo que corre por nuestros "
        "ríos. Toman muestras donde la gente bebe y cuentan lo que encuentran."),
        ("En los últimos años muchas de ellas fueron citadas, multadas o apartadas de sus laboratorios después "
        "de publicar una medición. Algunas perdieron su trabajo y otras ya no se atreven a publicar nada."),
        ("Pedimos {% if open %}a cada Gobierno{% else %}{{ mission|to }}{% endif %} que apoye una resolución que "
        "proteja a los observadores independientes y mantenga abiertos los registros de contaminación."),
        "Le agradeceríamos una respuesta antes del 25 de marzo de 2044.",
        "Lista de firmantes:",
    ),
    "ar": (
        "الموضوع: رسالة مشتركة بشأن مراقبي الأنهار المستقلين",
        ("نكتب إليكم، نحن الأفراد والمنظمات الموقعين أدناه، بشأن من يقيسون ما يجري في أنهارنا. فهم يأخذون العينات حيث "
        "يشرب الناس، ويخبرون بما يجدون."),
        ("وخلال السنوات الماضية استُدعي كثير منهم أو غُرّموا أو مُنعوا من دخول مختبراتهم بعد أن نشروا نتائج القياس. وفقد "
        "بعضهم عمله، ولم يعد آخرون يجرؤون على النشر."),
        ("ونحث حكومة بلدكم على تأييد قرار يحمي المراقبين المستقلين، ويطلب من كل دولة أن تبقي سجلات "
        "التلوث مفتوحة."),
        "ونكون ممتنين لو تفضلتم بالرد قبل 25 آذار/مارس 2044.",
        "قائمة الموقعين:",
    ),
    "zh": (
        "事由：关于独立河流监测者的联名信",
        "我们，下列签名的个人和组织，谨就监测我国河流水质的人们致函。他们在人们饮水的地方取样，并公布所发现的情况。",
        "近年来，许多监测者在公布数据之后被传唤、罚款，或被禁止进入实验室。有些人失去了工作，另一些人不敢再公布任何数据。",
        "我们敦促贵国政府支持一项保护独立监测者的决议，并请每个国家保持污染登记册的公开。",
        "敬请于2044年3月25日前答复。",
        "签名者名单：",
    ),
    "ru": (
        "Тема: Совместное письмо о независимых наблюдателях за реками",
        ("Мы, нижеподписавшиеся лица и организации, пишем о тех, кто измеряет, что течёт в наших реках. Они берут "
        "пробы там, где люди пьют воду, и рассказывают о том, что находят."),
        ("За последние годы многих из них вызывали на допрос, штрафовали или не пускали в лаборатории после того, как "
        "они публиковали замеры. Одни потеряли работу, другие больше не решаются ничего публиковать."),
        ("Мы призываем правительство вашей страны поддержать резолюцию, которая защищает независимых наблюдателей и "
        "просит каждое государство держать открытыми свои реестры загрязнения."),
        "Мы были бы признательны за ответ до 25 марта 2044 года.",
        "Список подписавших:",
    ),
}  # fmt: skip

PEOPLE = (
    ("Lady Orla of Fennmouth", "Independent member of an upper house & co-chair of its group on rivers"),
    ("Sanja Brodić", "Former member of an inquiry & chair of the Fennmouth Committee"),
    ("Darma Wiratno", "Former special rapporteur"),
    ("Kim Aram and Kim Noeul", "sisters of a monitor who is detained"),
    ("Oh Seol-ki", "brother of a monitor who is detained"),
    ("Lee Sang-won", "Former ambassador for water"),
    ("Susanna Ashwell", "Laureate of a river prize & president of Ashwell House"),
    ("Telmo Oxalde-Quirós", "Former special rapporteur"),
)
ORGANISATIONS = tuple(
    f"{place} {kind}"
    for place in ("Alderbrook", "Birchford", "Cedarlow", "Dunwater", "Elmhithe", "Fennmouth", "Greywell", "Heronsby",
                  "Inksford", "Junipermere", "Kestrelby", "Larchwater", "Mossgate", "Nethersedge", "Oxbow Vale",
                  "Pikeham", "Quillwater")
    for kind in ("Rivers Association", "Centre for Open Registers")
)  # fmt: skip
assert (len(PEOPLE), len(ORGANISATIONS)) == (8, 34)


def word_file(language: str) -> Path:
    """The letter in one language, as an officer typed it."""
    *words, signed = WORDS[language]
    texts = (words[0], "{{ salutation }}", *words[1:], "{{ closing }}", signed, '{% include "signatories.md" %}')
    return docx(Path(f"rivers_{language}.docx"), *(paragraph(run(text)) for text in texts))


def sheet_of_the_form() -> Path:
    """The answers as Google Forms keeps them: the questions as headings, a row for each who signs, as they came."""
    path = Path("Sign-on (Responses).csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("Timestamp", "Email Address", "I am signing as", "Full name", "Title", "Name of organisation",
                       "I agree that this is published"))  # fmt: skip
        for number, (name, title) in enumerate(PEOPLE):
            rows.writerow((f"3/{number + 1}/2024 9:30:00", f"p{number}@signs.example", "An individual", name, title, "",
                           "Yes"))  # fmt: skip
        for number, name in enumerate(ORGANISATIONS):
            rows.writerow((f"3/{number % 14 + 1}/2024 14:05:10", f"o{number}@signs.example",
                           "On behalf of an organisation", "", "", name, "Yes"))  # fmt: skip
    return path


@pytest.fixture
def laid_out_before() -> bool:
    """`init` is one of the commands that are counted."""
    return False


def plain(message: EmailMessage) -> str:
    """What a reader of the mail's text sees, its lines as one."""
    body = message.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


def letters_of(text: str) -> str:
    """A text without its spaces and signs: where a line ends and which hyphen keeps a name together is the setter's."""
    return "".join(filter(str.isalpha, text))


def lacking(text: str) -> list[str]:
    """Those who sign and whose names a text does not show."""
    shown = letters_of(text)
    return [name for name in (*(name for name, _ in PEOPLE), *ORGANISATIONS) if letters_of(name) not in shown]


@HEAVY
def test_a_joint_letter_from_word_and_a_form_to_six_languages_in_under_fifteen_commands(
    outreach: Run, folder: Path, server_settings: Callable[..., None]
) -> None:
    commands: list[str] = []

    def command(*words: object) -> Ran:
        commands.append(" ".join(map(str, words)))
        return outreach(*words)

    with ScriptedSmtp() as server:
        command("init")
        command("missions", "import", "data/missions.xlsx")
        for language in Language:
            command("letter", "from-docx", word_file(language), "--name", "rivers", "--language", language)
        command("campaign", "create", "rivers", "--letter", "rivers", "--audience", f"iso:{','.join(TO.values())}")
        taken = command("signatories", "import", "rivers", sheet_of_the_form(), "--json").json
        server_settings(
            MODE="live", FROM="Rivers Coalition <office@rivers.example>", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port
        )
        command("campaign", "approve", "rivers", "--by", "Ana")
        command("campaign", "schedule", "rivers", "--at", at_once(), "--yes", 6)
        command("send", "--yes", 6)
        command("letter", "publish", "rivers", "--campaign", "rivers", "--out", "open")
    assert len(commands) < UNDER, commands
    assert (taken["individuals"], taken["organisations"]) == (8, 34)
    assert len(server.accepted) == 6
    seen = set()
    for accepted in server.accepted:
        message = email.message_from_bytes(accepted.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        language = message["Content-Language"]
        seen.add(language)
        assert message["To"].addresses[0].domain == f"{TO[language].lower()}.mission.example"
        assert message["Subject"] == WORDS[language][0].replace("：", ":").partition(":")[2].strip()
        text = plain(message)
        assert "{" not in text
        assert "2044" in text
        assert lacking(text) == []
    assert seen == TO.keys()
    assert sorted(path.suffix for path in Path("open").iterdir()) == [".html"] * 6 + [".pdf"] * 6
    for path in Path("open").iterdir():
        if path.suffix == ".html":
            text = html.unescape(re.sub(r"<[^>]*>", "", path.read_text(encoding="utf-8")))
        else:
            text = " ".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
        assert lacking(text) == [], path
