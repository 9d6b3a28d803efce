"""What a person wrote, told from what their program put around it: the forms of many programs and languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.inbox.quoting.quotes import own_words

LETTER = "Excellency,\n\nWe ask the Council to renew the mandate."
MARKED = "> " + LETTER.replace("\n", "\n> ")

# What programs repeat of the header above an original, by language.
HEADERS = {
    "de": "Von: The Coalition <letters@coalition.example>\nGesendet: Montag, 18. März 2024 09:00\nAn: "
    "Mission\nBetreff: Brief",
    "de2": "Von: The Coalition [mailto:letters@coalition.example]\nGesendet: Montag, 18. März 2024 09:00\nAn: "
    "Mission\nCc: Anna\nBetreff: Brief",
    "fr": "De : The Coalition <letters@coalition.example>\nEnvoyé : lundi 18 mars 2024 09:00\nÀ : "
    "Mission\nObjet : Lettre",
    "fr2": "De: The Coalition <letters@coalition.example>\nDate: lundi 18 mars 2024 à 09:00\nÀ: Mission\nCc: "
    "Anna\nObjet: Lettre",
    "es": "De: The Coalition <letters@coalition.example>\nEnviado el: lunes, 18 de marzo de 2024 9:00\nPara: "
    "Misión\nAsunto: Carta",
    "pt": "De: The Coalition <letters@coalition.example>\nEnviada em: segunda-feira, 18 de março de 2024 "
    "09:00\nPara: Missão\nAssunto: Carta",
    "ar": "من: The Coalition <letters@coalition.example>\nتم الإرسال: الاثنين، 18 مارس، 2024 09:00 ص\nإلى: "
    "Mission\nالموضوع: رسالة",
    "zh": "发件人: The Coalition <letters@coalition.example>\n已发送: 2024年3月18日 9:00\n收件人: Mission\n主题: 信",
    "zh2": "发件人：The Coalition\n发送时间：2024年3月18日(星期一) 上午9:00\n收件人：Mission\n主题：信",
    "zhtw": "寄件者: The Coalition <letters@coalition.example>\n寄件日期: 2024年3月18日\n收件者: Mission\n主旨: 信",
    "ru": "From: The Coalition <letters@coalition.example>\nSent: Monday, March 18, 2024 9:00 AM\nTo: "
    "Mission\nSubject: Letter",
    "ru2": "От: The Coalition <letters@coalition.example>\nОтправлено: 18 марта 2024 г. 9:00\nКому: "
    "Mission\nКопия: Anna\nТема: Letter",
    "ru3": "От: The Coalition <letters@coalition.example>\nДата: понедельник, 18 марта 2024 г. в 09:00\nКому: "
    "Mission\nТема: Letter",
    "it": "Da: The Coalition <letters@coalition.example>\nInviato: lunedì 18 marzo 2024 09:00\nA: "
    "Missione\nOggetto: Lettera",
    "nl": "Van: The Coalition <letters@coalition.example>\nVerzonden: maandag 18 maart 2024 09:00\nAan: "
    "Missie\nOnderwerp: Brief",
    "tr": "Kimden: The Coalition <letters@coalition.example>\nGönderildi: 18 Mart 2024 Pazartesi "
    "09:00\nKime: Misyon\nKonu: Mektup",
    "ja": "差出人: The Coalition <letters@coalition.example>\n送信日時: 2024年3月18日 9:00\n"
    "宛先: Mission\n件名: Letter",
    "ko": "보낸 사람: The Coalition <letters@coalition.example>\n보낸 날짜: 2024년 3월 18일\n"
    "받는 사람: Mission\n제목: Letter",
    "pl": "Od: The Coalition <letters@coalition.example>\nWysłano: poniedziałek, 18 marca 2024 09:00\nDo: "
    "Misja\nTemat: List",
    "bold": "*From:* The Coalition <letters@coalition.example>\n*Sent:* Monday, 18 March 2024 09:00\n*To:* "
    "Mission\n*Subject:* Letter",
    "bold2": "**From:** The Coalition <letters@coalition.example>\n**Sent:** Monday\n**To:** "
    "Mission\n**Subject:** Letter",
}

# What programs put above a quote, by program and language.
ABOVE = {
    "gm en": "On Mon, Mar 18, 2024 at 9:00 AM The Coalition <letters@coalition.example>\nwrote:",
    "gm en 2": "On Mon, 18 Mar 2024, 09:00 The Coalition, <letters@coalition.example> wrote:",
    "gm fr": "Le lun. 18 mars 2024 à 09:00, The Coalition <letters@coalition.example> a\nécrit :",
    "gm de": "Am Mo., 18. März 2024 um 09:00 Uhr schrieb The Coalition <\nletters@coalition.example>:",
    "gm es": "El lun, 18 mar 2024 a la(s) 9:00, The Coalition (letters@coalition.example)\nescribió:",
    "gm pt": "\nEm seg., 18 de mar. de 2024 às 09:00, The Coalition <letters@coalition.example> escreveu:",
    "gm it": "\nIl giorno lun 18 mar 2024 alle ore 09:00 The Coalition <letters@coalition.example> ha scritto:",
    "gm ar": "في الاثنين، 18 مارس 2024 في 9:00 ص تمت كتابة ما يلي بواسطة The Coalition <\nletters@coalition.example>:",
    "gm zh": "The Coalition <letters@coalition.example> 于2024年3月18日周一 09:00写道：",
    "gm ru": "пн, 18 мар. 2024 г. в 09:00, The Coalition <letters@coalition.example>:",
    "gm nl": "Op ma 18 mrt 2024 om 09:00 schreef The Coalition <letters@coalition.example>:",
    "gm ja": "2024年3月18日(月) 9:00 The Coalition <letters@coalition.example>:",
    "gm tr": "\nThe Coalition <letters@coalition.example>, 18 Mar 2024 Pzt, 09:00 tarihinde şunu yazdı:",
    "tb en": "On 18/03/2024 09:00, The Coalition wrote:",
    "tb fr": "Le 18/03/2024 à 09:00, The Coalition a écrit :",
    "tb de": "Am 18.03.24 um 09:00 schrieb The Coalition:",
    "tb es": "El 18/3/24 a las 9:00, The Coalition escribió:",
    "tb ru": "18.03.2024 9:00, The Coalition пишет:",
    "tb zh": "在 2024/3/18 9:00, The Coalition 写道:",
    "apple ar": "\nفي ١٨ مارس ٢٠٢٤، الساعة ٠٩:٠٠، كتب The Coalition <letters@coalition.example>:",
    "mailru": "\nПонедельник, 18 марта 2024, 9:00 +03:00 от The Coalition <letters@coalition.example>:",
    "yandex": '18.03.2024, 09:00, "The Coalition" <letters@coalition.example>:',
    "qq": '------------------ 原始邮件 ------------------\n发件人: "The Coalition" '
    "<letters@coalition.example>;\n发送时间: 2024年3月18日(星期一) 上午9:00\n收件人: "
    '"Mission"<mission@chn.mission.example>;\n主题: Letter',
    "163": '在 2024-03-18 09:00:00，"The Coalition" <letters@coalition.example> 写道：',
    "proton": "\nOn Monday, March 18th, 2024 at 9:00 AM, The Coalition <letters@coalition.example> wrote:",
    "proton2": "------- Original Message -------\nOn Monday, March 18th, 2024 at 9:00 AM, The Coalition "
    "<letters@coalition.example> wrote:",
    "lotus": '"The Coalition" ---18.03.2024 09:00:00---Excellency, We ask the Council\n\nFrom:\t"The Coalition" '
    "<letters@coalition.example>\nTo:\tmission@fra.mission.example\nDate:\t18.03.2024 "
    "09:00\nSubject:\tLetter",
    "lotus2": "The Coalition <letters@coalition.example>\n18/03/2024 "
    "09:00\n\nTo\nmission@fra.mission.example\ncc\n\nSubject\nLetter\n",
    "lotus3": 'Von:    "The Coalition" <letters@coalition.example>\nAn:     mission@fra.mission.example\nDatum:  '
    "18.03.2024 09:00\nBetreff:        Letter",
    "outlookmobile": "Get Outlook for iOS<https://app.example/o0ukef>\n"
    "________________________________\nFrom: The Coalition <letters@coalition.example>\n"
    "Sent: Monday, March 18, 2024 9:00:00 AM\nTo: Mission\nSubject: Letter",
    "yahoo": "    On Monday, March 18, 2024 at 09:00:00 AM GMT+1, The Coalition <letters@coalition.example> "
    "wrote:  \n ",
    "orig fr": "-----Message d'origine-----\nDe : The Coalition\nEnvoyé : lundi 18 mars\nÀ : Mission\nObjet : Lettre",
    "orig de": "-----Ursprüngliche Nachricht-----\nVon: The Coalition",
    "orig ru": "-----Исходное сообщение-----\nFrom: The Coalition",
    "orig ar": "-----الرسالة الأصلية-----\nمن: The Coalition",
    "reply above line": "##- Please type your reply above this line -##",
    "fwd en gm": "---------- Forwarded message ---------\nFrom: The Coalition <letters@coalition.example>\nDate: "
    "Mon, Mar 18, 2024 at 9:00 AM\nSubject: Letter\nTo: <mission@fra.mission.example>",
    "roundcube": "On 2024-03-18 09:00, The Coalition wrote:",
    "horde": "Quoting The Coalition <letters@coalition.example>:",
    "zitat": "Zitat von The Coalition <letters@coalition.example>:",
    "zimbra": '----- Original Message -----\nFrom: "The Coalition" <letters@coalition.example>\nTo: "mission" '
    "<mission@fra.mission.example>\nSent: Monday, March 18, 2024 9:00:00 AM\nSubject: Letter",
    "zimbra fr": 'De: "The Coalition" <letters@coalition.example>\nÀ: "mission" '
    "<mission@fra.mission.example>\nEnvoyé: Lundi 18 Mars 2024 09:00:00\nObjet: Lettre",
}

BELOW = [
    "Sent from my iPhone",
    "Envoyé de mon iPhone",
    "Enviado desde mi iPhone",
    "Отправлено с iPhone",
    "أُرسلت من الـ iPhone",
    "发自我的iPhone",
    "Von meinem iPhone gesendet",
    "Sent from my Samsung Galaxy smartphone.",
    "Envoyé depuis mon appareil Galaxy",
    "Envoyé à partir d’un smartphone Android",
    "Enviado desde mi smartphone Samsung Galaxy.",
    "Отправлено из мобильной Почты Mail.ru",
    "Отправлено с устройства Galaxy",
    "Get Outlook for Android<https://app.example/AAb9ysg>",
    "Outlook für iOS beziehen<https://app.example/o0ukef>",
    "Télécharger Outlook pour iOS",
    "Obtener Outlook para iOS",
    "发自我的手机",
    "从我的 iPhone 发出",
    "Inviato da iPhone",
    "Sent from Yahoo Mail for iPhone",
    "Yahoo Mail: Search, Organize, Conquer",
    "Sent from Mail for Windows",
    "Provenance : Courrier pour Windows",
    "Enviado desde Correo para Windows",
    "Sent via BlackBerry from T-Mobile",
    "Gesendet von Mail für Windows",
    "Sent with Proton Mail secure email.",
    "أرسلت من جهاز Galaxy الخاص بي",
    "Отправлено с мобильного устройства",
    "Enviado do meu iPhone",
    "Sent from a mobile device. Please excuse typos.",
    "发自我的华为手机",
    "-- \nEnvoyé de mon appareil Android avec Courriel K-9 Mail. Veuillez excuser ma brièveté.",
]

DISCLAIMERS = {
    "en": "This email and any files transmitted with it are confidential and intended solely for the use of "
    "the individual or entity to whom they are addressed. If you have received this email in error "
    "please notify the system manager.",
    "en2": "________________________________\n\nThis message contains confidential information and is "
    "intended only for the individual named. If you are not the named addressee you should not "
    "disseminate this e-mail.",
    "en3": "CONFIDENTIALITY NOTICE: The contents of this email are confidential.\nAny unauthorized review is "
    "prohibited. If you are not the intended recipient, please delete.",
    "fr": "Ce courriel (y compris ses pièces jointes) est confidentiel et destiné exclusivement à l'usage du "
    "destinataire. Si vous n'êtes pas le destinataire, veuillez le supprimer.",
    "fr2": "\nLes informations contenues dans ce message sont confidentielles et réservées au destinataire.",
    "fr3": '********\nCe message et toutes les pièces jointes (ci-après le "message") sont établis à '
    "l'intention exclusive de ses destinataires et sont confidentiels.\n********",
    "es": "\n"
    "La información contenida en este mensaje es confidencial y está dirigida exclusivamente a su destinatario.",
    "es2": "Este correo electrónico y, en su caso, cualquier fichero anexo al mismo, contiene información de "
    "carácter confidencial exclusivamente dirigida a su destinatario.",
    "ru": "Настоящее сообщение и любые приложения к нему содержат конфиденциальную информацию и "
    "предназначены только для адресата. Если вы получили его по ошибке, удалите его.",
    "ar": "هذه الرسالة سرية وموجهة إلى المرسل إليه فقط. إذا وصلتك بالخطأ يرجى حذفها.",
    "zh": "本邮件及其附件含有保密信息，仅限于发送给上面地址中列出的个人或群组。如果您错收了本邮件，请立即删除。",
    "de": "Diese E-Mail enthält vertrauliche und/oder rechtlich geschützte Informationen. Wenn Sie nicht der "
    "richtige Adressat sind, löschen Sie bitte diese Mail.",
    "print": "Please consider the environment before printing this email.",
    "print fr": "Pensez à l'environnement avant d'imprimer ce message.",
    "virus": "Virus-free. www.scanner.example",
}

# A person's own words, which look like a program's.
OWN = [
    "Dear all,\n\nFrom: our capital we heard nothing.\nTo: you we say: yes.",
    "We confirm:\n- yes\n- no\n\nThank you,\nAnna",
    "On Monday we wrote: nothing was decided.",
    "Le 12 mars, le ministre a écrit : nous soutenons.\n\nCordialement",
    "Our position is this:\n\nWe abstain.",
    "We received your letter from 18 March 2024, 09:00:\n\nwe thank you.",
    "Date: 18 March\nPlace: Geneva\nSubject: meeting\n\nWe propose to meet.",
    "This message is to confirm that the Ambassador received your confidential letter and is the intended recipient.",
    "Note verbale\n\n***\n\nThe Mission presents its compliments.\n\n***",
    "1. yes\n2. no\n-----\nDone",
    "Sent from my office: the note verbale.",
    "Enviado a la capital.\n\nSaludos",
    "The Ambassador wrote:\n\nwe support.",
    "The vote was\n---\nyes",
]


@pytest.mark.heavy
@pytest.mark.parametrize("above", [*HEADERS.values(), *ABOVE.values()], ids=[*HEADERS, *ABOVE])
@pytest.mark.parametrize("rule", ["", "________________________________\n"])
def test_an_original_that_nothing_marks_is_left_out(above, rule):
    assert own_words(f"We will abstain.\n\nAnna\n\n{rule}{above}\n\n{LETTER}") == "We will abstain.\n\nAnna"


MARKED_ABOVE = {name: above for name, above in (HEADERS | ABOVE).items() if name not in ("lotus2", "reply above line")}


@pytest.mark.parametrize("above", MARKED_ABOVE.values(), ids=MARKED_ABOVE)
def test_the_answer_may_stand_above_below_or_within_a_marked_quote(above):
    assert own_words(f"We will abstain.\n\n{above}\n{MARKED}") == "We will abstain."
    assert own_words(f"{above}\n{MARKED}\n\nWe will abstain.\n\nAnna") == "We will abstain.\n\nAnna"
    within = f"{above}\n> Excellency,\n>\n\nDear all,\n\n> We ask the Council\n\nWe will abstain."
    assert own_words(within) == "Dear all,\n\nWe will abstain."


def test_an_answer_that_a_program_marked_throughout_is_no_quote() -> None:
    assert own_words("> We will abstain.\n>\n> Anna") == "We will abstain.\n\nAnna"
    assert own_words("\n".join(["> " + line for line in LETTER.split("\n")] * 5)) == "", "a letter of ours is one"


@pytest.mark.parametrize("below", BELOW)
def test_what_telephones_and_programs_put_below(below):
    for rest in (
        "",
        f"\n\nOn 18 Mar 2024, at 09:00, A <a@b.example> wrote:\n{MARKED}",
        f"\n\n{HEADERS['fr']}\n\n{LETTER}",
    ):
        assert own_words(f"We will abstain.\n\n{below}{rest}") == "We will abstain."


@pytest.mark.parametrize("disclaimer", DISCLAIMERS.values(), ids=DISCLAIMERS)
def test_what_gateways_put_below(disclaimer):
    assert own_words(f"We will abstain.\n\nAnna\n\n{disclaimer}") == "We will abstain.\n\nAnna"
    assert own_words(f"We will abstain.\n\n-- \nAnna\nSecretary\n\n{disclaimer}") == "We will abstain."
    assert own_words(f"We will abstain.\n\n{disclaimer}\n\n{HEADERS['de']}\n\n{LETTER}") == "We will abstain."


@pytest.mark.parametrize("words", OWN)
def test_a_persons_own_words_stay(words):
    assert own_words(words) == words


SENTENCES = st.lists(
    st.text(alphabet=st.characters(categories=["L", "N", "Zs"], include_characters=".,!?'()"), min_size=1, max_size=60)
    .map(lambda text: " ".join(text.split())).filter(lambda text: any(map(str.isalpha, text))),
    min_size=1, max_size=6,
)  # fmt: skip


@given(SENTENCES, st.sampled_from(sorted(MARKED_ABOVE)), st.sampled_from(["above", "unmarked", "below"]))
def test_whatever_is_written_around_a_quote_comes_back_whole(sentences, name, where):
    """Letters, digits and full stops alone announce no quote and no signature, whatever the language."""
    words = "\n\n".join(sentences)
    if own_words(words) != words:
        return  # it says, by chance, what a telephone says
    above = MARKED_ABOVE[name]
    text = {
        "above": f"{words}\n\n{above}\n{MARKED}",
        "unmarked": f"{words}\n\n{above}\n\n{LETTER}",
        "below": f"{above}\n{MARKED}\n\n{words}",
    }[where]
    assert own_words(text) == words


# The header above an original in languages beyond the six: from, sent, to, subject.
BLOCKS = {
    "el": "Από|Αποστολή|Προς|Θέμα", "fa": "از|ارسال شده|به|موضوع", "id": "Dari|Dikirim|Kepada|Subjek",
    "ms": "Daripada|Dihantar|Kepada|Subjek", "uk": "Від|Надіслано|Кому|Тема", "be": "Ад|Адпраўлена|Каму|Тэма",
    "bg": "От|Изпратено|До|Относно", "sr": "Шаље|Послато|Прима|Наслов", "hr": "Šalje|Poslano|Prima|Predmet",
    "sl": "Od|Poslano|Za|Zadeva", "mk": "Од|Испратено|До|Предмет", "sq": "Nga|Dërguar|Për|Subjekti",
    "ro": "De la|Trimis|Către|Subiect", "hu": "Feladó|Elküldve|Címzett|Tárgy", "cs": "Od|Odesláno|Komu|Předmět",
    "sk": "Od|Odoslané|Komu|Predmet", "et": "Saatja|Saadetud|Adressaat|Teema", "lv": "No|Nosūtīts|Kam|Tēma",
    "lt": "Nuo|Išsiųsta|Kam|Tema", "fi": "Lähettäjä|Lähetetty|Vastaanottaja|Aihe", "sv": "Från|Skickat|Till|Ämne",
    "da": "Fra|Sendt|Til|Emne", "is": "Frá|Sent|Til|Efni", "ca": "De|Enviat|Per a|Assumpte",
    "az": "Kimdən|Göndərilib|Kimə|Mövzu", "kk": "Кімнен|Жіберілді|Кімге|Тақырып", "mn": "Илгээгч|Илгээсэн|Хэнд|Сэдэв",
    "ka": "გამომგზავნი|გაგზავნილია|ვის|თემა", "hy": "Ումից|Ուղարկված|Ում|Թեմա", "he": "מאת|נשלח|אל|נושא",
    "ur": "منجانب|بھیجا گیا|بنام|موضوع", "hi": "प्रेषक|भेजा गया|प्रति|विषय", "bn": "প্রেরক|প্রেরিত|প্রতি|বিষয়",
    "th": "จาก|ส่ง|ถึง|เรื่อง", "vi": "Từ|Đã gửi|Đến|Chủ đề", "sw": "Kutoka|Imetumwa|Kwa|Mada",
}  # fmt: skip


@pytest.mark.parametrize("language", BLOCKS)
def test_a_header_block_in_any_of_these_languages(language):
    values = ("The Coalition <letters@coalition.example>", "18.3.2024 09:00", "Mission", "Letter")
    block = "\n".join(f"{key}: {value}" for key, value in zip(BLOCKS[language].split("|"), values, strict=True))
    assert own_words(f"Thank you.\n\n{block}\n\n{LETTER}") == "Thank you."
    marked = "\n".join(f"\u200f{line}" for line in block.split("\n"))
    assert own_words(f"Thank you.\n\n{marked}\n\n{LETTER}") == "Thank you."


# Gmail's and Apple Mail's lines above a quote, in languages beyond those above.
LINES = {
    "el": "Στις Δευ 18 Μαρ 2024 στις 9:00 π.μ., ο χρήστης The Coalition <letters@coalition.example> έγραψε:",
    "fa": "در تاریخ دوشنبه ۱۸ مارس ۲۰۲۴،\u200f ۹:۰۰ The Coalition <letters@coalition.example> نوشت:",
    "id": "Pada Sen, 18 Mar 2024 pukul 09.00 The Coalition <letters@coalition.example> menulis:",
    "uk": "пн, 18 бер. 2024 р. о 09:00 The Coalition <letters@coalition.example> пише:",
    "nl apple": "Op 18 mrt. 2024, om 09:00 heeft The Coalition <letters@coalition.example> het volgende geschreven:",
    "hu": "The Coalition <letters@coalition.example> ezt írta (időpont: 2024. márc. 18., H, 9:00):",
    "vi": "Vào Th 2, 18 thg 3, 2024 vào lúc 09:00 The Coalition <letters@coalition.example> đã viết:",
    "th": "ในวันที่ จ. 18 มี.ค. 2024 เวลา 09:00 The Coalition <letters@coalition.example> เขียนว่า:",
    "ko": "2024년 3월 18일 (월) 오전 9:00, The Coalition <letters@coalition.example>님이 작성:",
    "fi": "ma 18. maalisk. 2024 klo 9.00 The Coalition (letters@coalition.example) kirjoitti:",
    "ro": "În lun., 18 mar. 2024 la 09:00, The Coalition <letters@coalition.example> a scris:",
    "cs": "po 18. 3. 2024 v 9:00 odesílatel The Coalition <letters@coalition.example> napsal:",
    "he": "\u202bבתאריך יום ב׳, 18 במרץ 2024 ב-9:00 מאת \u202aThe Coalition\u202c <letters@coalition.example>:",
    "made up": "Xe 18-03-2024 zul 09:00 qwe The Coalition <letters@coalition.example> zulo tarki:",
}


@pytest.mark.parametrize("language", LINES)
@pytest.mark.parametrize("below", [LETTER, MARKED])
def test_a_line_above_a_quote_in_any_language(language, below):
    assert own_words(f"Thank you.\n\n{LINES[language]}\n\n{below}") == "Thank you."


@pytest.mark.parametrize("words", ["We will co-sponsor.", "Merci bien !", "Da."])
@pytest.mark.parametrize(
    "line",
    [
        "On Mon, Mar 18, 2024 at 9:00 AM The Coalition <letters@coalition.example> wrote:",
        "Le lun. 18 mars 2024 à 09:00, The Coalition <letters@coalition.example> a écrit :",
        "пн, 18 мар. 2024 г. в 09:00, The Coalition <letters@coalition.example>:",
        "On Mon, Mar 18, 2024 at 9:00 AM The Coalition\n<letters@coalition.example> wrote:",
    ],
)
def test_words_before_a_quotes_header_on_one_line_stay(words, line):
    assert own_words(f"{words} {line}\n{MARKED}") == words


@pytest.mark.parametrize(
    "words",
    [
        "No, on 11.03.2024 at 10:30 the Minister wrote:\n\nWe will support it.",
        "To: the group. Date: Monday.",
        "Our position is as follows, as of 12:30 on 18.03.2024:\n\nWe abstain.",
    ],
)
def test_a_persons_own_dates_and_times_stay(words):
    assert own_words(words) == words


@pytest.mark.parametrize(
    "line",
    [
        "-----Antwort Nachricht-----", "----- Oprindelig meddelelse -----", "---- Wiadomość oryginalna ----",
        "---- Anna Example wrote ----", "---- On Wed, 24 Feb 2027 14:02:50 +0530 anna@coalition.example wrote ----",
        "On Wed, 14 Nov 2027 08:14:43 -0200 Anna Example <anna@coalition.example> wrote",
        "On Tue, Apr 11, 2027 at 10:07 PM Anna Example\n\n<\nmailto:Anna Example <anna@coalition.example>\n> wrote:",
        "From: anna@coalition.example Date: Thu, 24 Mar 2027 08:07:12 -0700 Subject: Our letter",
        "---------- Forwarded message ----------\nFrom: Anna <anna@coalition.example>\nSubject: Our letter",
        "====\n\nDe : Anna <anna@coalition.example>\nDate : 12/12/2026 13:20\nÀ : mission\nObjet : Lettre",
    ],
)  # fmt: skip
def test_a_programs_line_above_an_unmarked_original(line: str):
    assert own_words(f"We will co-sponsor.\n\n{line}\n\n{LETTER}") == "We will co-sponsor."


@pytest.mark.parametrize(
    "line",
    ["2027/4/7 Anna Example <anna@coalition.example>", "Begin forwarded message:", "Forwarded message:"],
)
def test_a_programs_line_above_a_marked_original(line: str):
    assert own_words(f"We will co-sponsor.\n\n{line}\n\n{MARKED}\n\nBest, Anna") == "We will co-sponsor.\n\nBest, Anna"


@pytest.mark.parametrize("between", [" ", "--- ", " --- "])
def test_words_without_a_stop_stay_before_a_quotes_header(between: str):
    line = f"We will co-sponsor it{between}On Wed, Apr 4, 2027 at 3:59 PM, anna@coalition.example wrote:"
    assert own_words(f"{line}\n{MARKED}") == "We will co-sponsor it"


@pytest.mark.parametrize(
    "rest",
    ["_nonce=3dd518)", "(https://coalition.example/c/YzOTYz) >", "which was wrapped by somebody's telephone once more"],
)
def test_what_was_broken_off_a_quoted_line_goes_with_it(rest: str):
    quoted = f"> This line is as long as lines of telephones are, seventy signs or more\n{rest}\n> and on."
    assert own_words(f"We will co-sponsor.\n\nAnna wrote on 4 April 2027:\n{quoted}").startswith("We will co-sponsor.")
    assert rest not in own_words(f"We will co-sponsor.\n\n{quoted}")


@pytest.mark.parametrize("answer", ["yes, we will.", "We support it", "see https://coalition.example/text for ours"])
def test_an_answer_between_quoted_lines_stays(answer: str):
    assert answer in own_words(
        f"> Would your delegation support the renewal of the mandate this year?\n{answer}\n> Thank you."
    )


@pytest.mark.parametrize(
    "footer",
    [
        "__\ncouncil-news mailing list\ncouncil-news@lists.example\nhttps://lists.example/listinfo/council-news",
        "Someone from mobile\nFrom My Iphone 6\nSent via mobile\n<<sent by galaxy>>\n(sent from a phone)",
        "Sent from Windows Mail", "Sent by iPhone, please excuse typos",
    ],
)  # fmt: skip
def test_more_of_what_lists_and_telephones_put_below(footer: str):
    assert own_words(f"We will co-sponsor.\n\n{footer}") == "We will co-sponsor."


@pytest.mark.parametrize(
    "words",
    [
        "Sent by our capital, the answer is yes.", "We heard from mobile teams in the field.",
        "---- Message ----", "Date: 4 May 2027\nTo be discussed with capital.", "On 4 May 2027 the Council wrote",
    ],
)  # fmt: skip
def test_a_persons_words_that_look_like_those_stay(words: str):
    assert words in own_words(f"Dear colleagues,\n\n{words}\n\nBest regards")


def test_a_repeated_header_that_lost_its_sender_is_one_and_a_persons_dates_are_none():
    header = "Date: Wed, 16 May 2012 00:15:02 -0600\nTo: somebody@coalition.example\n\nThe letter."
    assert own_words(f"We will abstain.\n\n{header}") == "We will abstain."
    invitation = "A briefing:\nDate: 16 May 2012, 10:00\nTo: all missions"
    assert own_words(invitation) == invitation
