"""People's answers, made by crossing languages, mail programs and words that mislead. Every one is a `reply`."""

import base64
import quopri
from collections.abc import Iterator
from dataclasses import dataclass

from inbox_mails import LETTER, OURS, mail, recipient_group, report

# What six people wrote: an answer in each of the six languages, with lists, dates and words of courtesy in it.
WORDS = {
    "en": "Dear colleagues,\n\nThank you for your letter of 12 March.\nWe will co-sponsor the text.\n\n"
    "Best regards,\nAnna",
    "fr": "Madame, Monsieur,\n\nNous avons bien reçu votre lettre.\nElle a été transmise à la capitale.\n\n"
    "Cordialement,\nAnne",
    "es": "Estimados colegas:\n\nHemos recibido su carta del 12 de marzo.\nVotaremos a favor.\n\n"
    "Saludos cordiales,\nAna",
    "ru": "Уважаемые коллеги!\n\nМы получили ваше письмо.\nПока мы воздержимся.\n\nС уважением,\nАнна",
    "ar": "السادة الكرام،\n\nلقد استلمنا رسالتكم.\nسنصوت لصالح القرار.\n\nمع التحية،\nآنا",
    "zh": "尊敬的同事：\n\n我们已收到贵方来信。\n我们将投赞成票。\n\n此致\n安娜",
}
# The line, or the lines, that a program puts above what is answered.
GMAIL = {
    "en": "On Mon, Mar 18, 2024 at 9:00 AM The Coalition <letters@coalition.example> wrote:",
    "fr": "Le lun. 18 mars 2024 à 09:00, The Coalition <letters@coalition.example> a écrit :",
    "es": "El lun, 18 mar 2024 a las 9:00, The Coalition (<letters@coalition.example>) escribió:",
    "ru": "пн, 18 мар. 2024 г. в 09:00, The Coalition <letters@coalition.example>:",
    "ar": "في الاثنين، 18 مارس 2024 في 9:00 ص تمت كتابة ما يلي بواسطة The Coalition <letters@coalition.example>:",
    "zh": "The Coalition <letters@coalition.example> 于2024年3月18日周一 09:00写道：",
}
APPLE = {
    "en": "On 18 Mar 2024, at 09:00, The Coalition <letters@coalition.example> wrote:",
    "fr": "Le 18 mars 2024 à 09:00, The Coalition <letters@coalition.example> a écrit :",
    "es": "El 18 mar 2024, a las 9:00, The Coalition <letters@coalition.example> escribió:",
    "ru": "18 марта 2024 г., в 09:00, The Coalition <letters@coalition.example> написал(а):",
    "ar": "في ١٨ مارس ٢٠٢٤، الساعة ٠٩:٠٠، كتب The Coalition <letters@coalition.example>:",
    "zh": "在 2024年3月18日，09:00，The Coalition <letters@coalition.example> 写道：",
}
OUTLOOK = {
    "en": "From: The Coalition <letters@coalition.example>\n"
    "Sent: Monday, 18 March 2024 09:00\nTo: Mission\nSubject: Letter",
    "fr": "De : The Coalition <letters@coalition.example>\n"
    "Envoyé : lundi 18 mars 2024 09:00\nÀ : Mission\nObjet : Lettre",
    "es": "De: The Coalition <letters@coalition.example>\n"
    "Enviado: lunes, 18 de marzo de 2024\nPara: Misión\nAsunto: Carta",
    "ru": "От: The Coalition <letters@coalition.example>\n"
    "Отправлено: 18 марта 2024 г. 9:00\nКому: Mission\nТема: Letter",
    "ar": "من: The Coalition <letters@coalition.example>\n"
    "تاريخ الإرسال: 18/مارس/2024 09:00\nإلى: Mission\nالموضوع: Letter",
    "zh": "发件人: The Coalition <letters@coalition.example>\n"
    "发送时间: 2024年3月18日 9:00\n收件人: Mission\n主题: Letter",
}
MOBILE = {
    "en": "Sent from my iPhone", "fr": "Envoyé de mon iPhone", "es": "Enviado desde mi iPhone",
    "ru": "Отправлено с iPhone", "ar": "أُرسلت من الـ iPhone", "zh": "发自我的iPhone",
}  # fmt: skip
DISCLAIMER = {
    "en": "DISCLAIMER: This e-mail and any attachments are confidential and intended solely for the addressee.\n"
    "If you are"
    " not the intended recipient, please delete it.",
    "fr": "AVERTISSEMENT : Ce message et ses pièces jointes sont "
    "confidentiels et destinés exclusivement au destinataire.",
    "es": "AVISO LEGAL: Este mensaje y sus anexos son confidenciales y van dirigidos exclusivamente a su destinatario.",
    "ru": "Это сообщение и вложения к нему являются конфиденциальными и предназначены исключительно для адресата.",
    "ar": "إخلاء مسؤولية: هذه الرسالة ومرفقاتها سرية وموجهة إلى المرسل إليه فقط.",
    "zh": "免责声明：本邮件及其附件含有保密信息，仅限于收件人使用。",
}
QUOTED = "\n".join(f"> {line}".rstrip() for line in LETTER.split("\n"))
BOUNCE = report(recipient_group("a@x.example", "failed", "5.1.1", "550 5.1.1 User unknown")).decode()

# What a person may write that a careless rule takes for a machine's words.
MISLEADING = [
    "Your message was undeliverable: 550 5.1.1 User unknown. Please use this address instead.",
    "Mail Delivery Subsystem told me: Delivery Status Notification (Failure). We support the resolution.",
    "I am out of the office, but to answer you: we will abstain.",
    "Automatic reply was on by mistake. Our position: in favour.",
    "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n\nWhat does this mean?",
    "The mailbox is full, quota exceeded, says our server. Write to my colleague.",
    "Je suis absent du bureau. Réponse : nous voterons pour.",
    "No se puede entregar su carta al Embajador; está fuera de la oficina. Escriba a la misión.",
    "Письмо не доставлено послу, автоответ включён. Мы поддерживаем текст.",
    "退信：无法投递。请改用此地址。自动回复已关闭。",
    "الرد التلقائي كان مفعلا. نحن نؤيد القرار.",
    "Please remove us from your list. This is not spam, and no complaint.",
]
SUBJECTS = [
    "Undeliverable: Joint letter", "Returned mail: see transcript",
    "Delivery Status Notification (Failure)", "failure notice",
    "Out of office", "Automatic reply: Joint letter", "Réponse automatique",
    "Fuera de la oficina", "Автоответ", "自动回复：信",
    "رد تلقائي",
    "RE: Mail delivery failed: returning message to sender", "Warning: message delayed 4 hours", "Abuse report",
]  # fmt: skip
# Header fields that people's mail bears too, alone.
FIELDS = [
    "Precedence: bulk", "X-Auto-Response-Suppress: DR, OOF, AutoReply",
    "X-MS-Exchange-Inbox-Rules-Loop: a@b.example",
    "Auto-Submitted: no", "X-Autoreply: no", "List-Id: <staff.mission.example>",
    "X-Priority: 1", "X-Failed-Recipients: a@b.example",
    "X-Spam-Status: No",
    "Received: from mailer-daemon.mission.example by mx.coalition.example; 18 Mar 2024 09:00:00 -0000",
]  # fmt: skip


@dataclass(frozen=True)
class Written:
    """A person's mail, and the words in it that are the person's own; None where only the kind is asked for."""

    name: str
    raw: bytes
    words: str | None = None


def person(
    body: str, *fields: str, subject: str = "Re: Joint letter", content: str = "text/plain", **options: str
) -> bytes:
    """A person's mail with this body."""
    charset, encoding = options.get("charset", "utf-8"), options.get("encoding", "8bit")
    head = [
        f"Return-Path: <{options.get('box', 'anna')}@fra.mission.example>",
        f"From: {options.get('name', 'Anna')} <{options.get('box', 'anna')}@fra.mission.example>",
        "To: letters@coalition.example",
        f"Subject: {subject}",
        "Date: Tue, 19 Mar 2024 10:00:00 +0100",
        *([f"In-Reply-To: {OURS}", f"References: {OURS}"] if options.get("thread", "yes") == "yes" else []),
        *fields,
        "MIME-Version: 1.0",
        f"Content-Type: {content}" + ("" if content.startswith("multipart") else f"; charset={charset}"),
        f"Content-Transfer-Encoding: {encoding}",
    ]
    data = body.replace("\n", "\r\n").encode(charset)
    data = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(encoding, bytes)(data)
    return mail(*head) + data


def _html(language: str, quote: str) -> str:
    lines = WORDS[language].replace("\n\n", "</p><p>").replace("\n", "<br>")
    return f"<html><body><p>{lines}</p>{quote}</body></html>"


def _programs(language: str) -> Iterator[tuple[str, str, str]]:
    """Yield what each mail program makes of an answer in this language: its name, the body, its type."""
    words, letter = WORDS[language], LETTER.replace("\n", "<br>")
    head = OUTLOOK[language]
    bold = "<br>".join(f"<b>{line.replace(':', ':</b>', 1)}" for line in head.replace("<", "&lt;").split("\n"))
    yield "gmail", f"{words}\n\n{GMAIL[language]}\n\n{QUOTED}\n", "text/plain"
    yield "apple", f"{words}\n\n{MOBILE[language]}\n\n> {APPLE[language]}\n>\n{QUOTED}\n", "text/plain"
    yield "apple, unmarked", f"{words}\n\n{APPLE[language]}\n\n{LETTER}\n", "text/plain"
    yield "outlook", f"{words}\n\n{'_' * 32}\n{head}\n\n{LETTER}\n", "text/plain"
    yield "older outlook", f"{words}\n\n-----Original Message-----\n{head}\n\n{LETTER}\n", "text/plain"
    yield "lotus notes", f"{words}\n\n\n{'-' * 40}\n{head}\n{'-' * 40}\n\n{LETTER}\n", "text/plain"
    yield "thunderbird, below", f"{APPLE[language]}\n{QUOTED}\n\n{words}\n\n-- \nAnna\nFirst Secretary\n", "text/plain"
    yield "disclaimer", f"{words}\n\n{DISCLAIMER[language]}\n\n{GMAIL[language]}\n\n{QUOTED}\n", "text/plain"
    attribution = GMAIL[language].replace("<", "&lt;")
    quote = f'<div class="gmail_quote"><div>{attribution}<br></div><blockquote>{letter}</blockquote></div>'
    yield "gmail html", _html(language, quote), "text/html"
    yield (
        "outlook html",
        _html(language, f"<hr><div id=divRplyFwdMsg><font>{bold}</font></div><div>{letter}</div>"),
        "text/html",
    )


def people() -> list[Written]:
    """Return every one of them, each under a name of its own."""
    found = [
        Written(f"{language}, {program}", person(body, content=content), WORDS[language])
        for language in WORDS
        for program, body, content in _programs(language)
    ]
    encodings = {
        "en": "us-ascii",
        "fr": "iso-8859-1",
        "es": "iso-8859-15",
        "ru": "koi8-r",
        "ar": "windows-1256",
        "zh": "gb2312",
    }
    for language, charset in encodings.items():
        for encoding in ("base64", "quoted-printable"):
            raw = person(WORDS[language], charset=charset, encoding=encoding)
            found.append(Written(f"{language}, {charset}, {encoding}", raw, WORDS[language]))
    for number, words in enumerate(MISLEADING):
        found.append(Written(f"misleading words {number}", person(words), words))
        found.append(Written(f"misleading words {number}, new thread", person(words, thread="no"), words))
        found.append(
            Written(f"misleading words {number}, a postmaster's", person(f"Dear all,\n\n{words}", box="postmaster"))
        )
        found.append(Written(f"misleading words {number}, bounce below", person(f"{words}\n\n{BOUNCE}")))
        marked = "\n".join(f"> {line}" for line in BOUNCE.split("\r\n"))
        found.append(Written(f"misleading words {number}, bounce quoted", person(f"{words}\n\n{marked}"), words))
    for number, subject in enumerate(SUBJECTS):
        found.append(
            Written(f"misleading subject {number}", person("We will abstain.", subject=subject), "We will abstain.")
        )
        raw = person("We will abstain.", subject=subject, thread="no", name="Mail Office")
        found.append(Written(f"misleading subject {number}, new thread", raw, "We will abstain."))
    for number, field in enumerate(FIELDS):
        found.append(Written(f"misleading field {number}", person("We agree.", field), "We agree."))
    for sort in ("attachment", "inline"):
        parts = (
            "--out\nContent-Type: text/plain; charset=utf-8\n\nThis is what came back.\n\n"
            f"--out\nContent-Type: message/rfc822\nContent-Disposition: {sort}\n\n{BOUNCE}\n--out--\n"
        )
        found.append(Written(f"a bounce as {sort}", person(parts, content="multipart/mixed; boundary=out")))
    return found
