"""The words a person wrote: quotes and signatures of common mail programs, charsets, HTML, broken MIME."""

import pytest
from inbox_mails import LETTER, answer, mail

from outreach.inbox.classify import understand
from outreach.inbox.quoting.quotes import own_words

QUOTED = "\n".join(f"> {line}".rstrip() for line in LETTER.split("\n"))
WORDS = {
    "en": "Dear colleagues,\n\nThanks, we have read your letter.\n\n"
    "- We support paragraph 2.\n- We will co-sponsor.\n\nBest regards,\nAnna",
    "fr": "Madame, Monsieur,\n\n"
    "Nous avons bien reçu votre lettre du 12 mars :\nla France votera pour.\n\nBien cordialement,\nAnna",
    "es": "Estimados colegas:\n\nGracias, hemos recibido su carta.\n"
    "De acuerdo con lo conversado, votaremos a favor.\n\nSaludos,\nAna",
}
GMAIL = {
    "en": "On Mon, Mar 18, 2024 at 9:00 AM The Coalition <letters@coalition.example> wrote:",
    "fr": "Le lun. 18 mars 2024 à 09:00, The Coalition <letters@coalition.example> a\nécrit :",
    "es": "El lun, 18 mar 2024 a las 9:00, The Coalition (<letters@coalition.example>)\nescribió:",
}
APPLE = {
    "en": "On 18 Mar 2024, at 09:00, The Coalition <letters@coalition.example> wrote:",
    "fr": "Le 18 mars 2024 à 09:00, The Coalition <letters@coalition.example> a écrit :",
    "es": "El 18 mar 2024, a las 9:00, The Coalition <letters@coalition.example> escribió:",
}
OUTLOOK = {
    "en": "From: The Coalition <letters@coalition.example>\n"
    "Sent: Monday, 18 March 2024 09:00\nTo: Mission\nSubject: Letter",
    "fr": "De : The Coalition <letters@coalition.example>\n"
    "Envoyé : lundi 18 mars 2024 09:00\nÀ : Mission\nObjet : Lettre",
    "es": "De: The Coalition <letters@coalition.example>\n"
    "Enviado: lunes, 18 de marzo de 2024 9:00\nPara: Misión\nAsunto: Carta",
}
DASHES = {
    "en": "-----Original Message-----",
    "fr": "-----Message d'origine-----",
    "es": "-----Mensaje original-----",
}
MOBILE = {"en": "Sent from my iPhone", "fr": "Envoyé de mon iPhone", "es": "Enviado desde mi iPhone"}
LANGUAGES = list(WORDS)


@pytest.mark.parametrize("language", LANGUAGES)
class TestTheWholeLetterIsQuoted:
    def test_by_gmail(self, language):
        text = f"{WORDS[language]}\n\n{GMAIL[language]}\n\n{QUOTED}\n"
        assert understand(answer(text)).text == WORDS[language]

    def test_by_apple_mail_with_a_telephones_mark(self, language):
        text = f"{WORDS[language]}\n\n{MOBILE[language]}\n\n> {APPLE[language]}\n>\n{QUOTED}\n"
        assert understand(answer(text)).text == WORDS[language]

    def test_by_apple_mail_without_marks(self, language):
        text = f"{WORDS[language]}\n\n{APPLE[language]}\n\n{LETTER}\n"
        assert understand(answer(text)).text == WORDS[language]

    def test_by_outlook(self, language):
        text = f"{WORDS[language]}\n\n{'_' * 32}\n{OUTLOOK[language]}\n\n{LETTER}\n"
        assert understand(answer(text)).text == WORDS[language]

    def test_by_an_older_outlook(self, language):
        text = f"{WORDS[language]}\n\n{DASHES[language]}\n{OUTLOOK[language]}\n\n{LETTER}\n"
        assert understand(answer(text)).text == WORDS[language]

    def test_below_which_the_answer_stands(self, language):
        text = f"{GMAIL[language]}\n\n{QUOTED}\n\n{WORDS[language]}\n\n-- \nAnna\nFirst Secretary\n"
        assert understand(answer(text)).text == WORDS[language]

    def test_in_html_alone(self, language):
        lines = WORDS[language].replace("\n\n", "</p><p>").replace("\n", "<br>")
        quote = LETTER.replace("\n", "<br>")
        page = (
            f"<html><head><title>x</title><style>p {{color: red}}</style></head><body><p>{lines}</p>"
            f'<div class="gmail_quote"><div class="gmail_attr">{GMAIL[language].replace("<", "&lt;")}<br></div>'
            f"<blockquote>{quote}</blockquote></div><script>alert(1)</script></body></html>"
        )
        raw = answer(page).replace(b"text/plain", b"text/html")
        assert understand(raw).text == WORDS[language]

    def test_in_outlooks_html(self, language):
        lines = WORDS[language].replace("\n", "<br>")
        head = "<br>".join(f"<b>{line.replace(':', ':</b>', 1)}" for line in OUTLOOK[language].split("\n"))
        page = (
            f"<!--[if mso]><p>no</p><![endif]--><div>{lines}</div><div id=appendonsend></div><hr>"
            f"<div id=divRplyFwdMsg><font>{head.replace('<letters', '&lt;letters')}</font></div><div>{LETTER}</div>"
        )
        raw = answer(page).replace(b"text/plain", b"text/html")
        assert understand(raw).text == WORDS[language]


@pytest.mark.parametrize(
    "text",
    [
        "On 12 March 2024 the Minister wrote:\n\nWe will support the text.",
        "From Geneva with thanks.\nTo be clear: yes.",
        "De : acuerdo",
        "To: everybody\nSubject to approval, we agree.",
        "-- \nA signature and nothing else",
        "Points:\n- one\n- two\n\nThanks, and regards",
        "We agree.\n--- but not with paragraph 3 ---",
    ],
)
def test_a_persons_own_lines_stay(text):
    assert own_words(text) == "\n".join(line.rstrip() for line in text.split("\n"))


def test_answers_between_the_lines_stay():
    text = f"{GMAIL['en']}\n> Will you support it?\n\nYes.\n\n> And co-sponsor?\n\nNo.\n"
    assert own_words(text) == "Yes.\n\nNo."


def test_a_forward_without_a_word_is_kept_whole():
    text = f"Begin forwarded message:\n\n{OUTLOOK['en']}\n\n{LETTER}"
    assert own_words(text) == text


def test_a_quote_alone_is_nobodys_words():
    assert own_words(f"{GMAIL['en']}\n\n{QUOTED}") == ""


def test_the_plain_alternative_is_preferred_unless_it_is_blank():
    body = (
        "--b\nContent-Type: text/plain\n\n{plain}\n--b\nContent-Type: text/html; charset=utf-8\n\n"
        "<p>From the page</p>\n--b--\n"
    )
    fields = ["From: a@b.example", "Content-Type: multipart/alternative; boundary=b"]
    assert understand(mail(*fields, body=body.format(plain="From the text"))).text == "From the text"
    assert understand(mail(*fields, body=body.format(plain="  \n"))).text == "From the page"


def test_attachments_are_not_words_and_text_around_them_is():
    body = (
        "--b\nContent-Type: text/plain\n\nPlease see our note.\n"
        '--b\nContent-Type: text/plain; name="note.txt"\nContent-Disposition: attachment\n\nInside the note.\n'
        "--b\nContent-Type: text/plain\n\nIt is final.\n--b--\n"
    )
    raw = mail("From: a@b.example", "Content-Type: multipart/mixed; boundary=b", body=body)
    assert understand(raw).text == "Please see our note.\n\nIt is final."


@pytest.mark.parametrize(
    ("charset", "codec", "words"),
    [
        ("utf-8", "utf-8", "Ça va, Genève – 日内瓦"),
        ("iso-8859-1", "cp1252", "Très bien – d’accord"),  # what is meant is Windows-1252
        ("windows-1251", "cp1251", "Мы поддерживаем"),
        ("koi8-r", "koi8-r", "Мы поддерживаем"),
        ("windows-1256", "cp1256", "نحن نؤيد"),
        ("gb2312", "gb18030", "我们支持"),
        ("iso-2022-jp", "iso2022_jp", "賛成します"),
        ("utf-16", "utf-16", "We support it"),
        ("x-made-up", "utf-8", "Señor"),
        ("x-made-up", "latin-1", "Señor"),
        ("hex", "utf-8", "Señor"),
        ("us-ascii", "utf-8", "Señor"),
        ("../../etc/passwd", "utf-8", "Señor"),
    ],
)
def test_any_charset(charset, codec, words):
    import base64

    head = f"From: a@b.example\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: base64\n\n"
    assert understand(head.encode() + base64.encodebytes(words.encode(codec))).text == words


def test_wrong_bytes_do_not_lose_the_rest():
    raw = b"From: a@b.example\nContent-Type: text/plain; charset=utf-8\n\nWe agree \xff\xfe with you."
    assert understand(raw).text.startswith("We agree ")
    assert understand(raw).text.endswith(" with you.")


def test_broken_mime_is_read_as_far_as_it_goes():
    body = "--b\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\nWWVzLCB3ZSBkbw*=\n"
    assert (
        understand(mail("From: a@b.example", "Content-Type: multipart/mixed; boundary=b", body=body)).text
        == "Yes, we do"
    )
    raw = mail("From: a@b.example", "Content-Type: multipart/mixed", body="No boundary at all, but words.")
    assert understand(raw).text == "No boundary at all, but words."


@pytest.mark.parametrize(
    "page",
    [
        "<title>We support it",
        "<div style='display:none'>We support it",
        "<p>We support it<!-- never closed",
        "<p>We support it<a href='",
        "<p>We <b>support</b> it</p>",
    ],
)
def test_html_that_never_ends_keeps_the_words(page):
    raw = mail("From: a@b.example", "Content-Type: text/html", body=page)
    assert "We support it" in understand(raw).text


def test_what_is_stored_is_clean_text():
    head = b"From: a@b.example\nSubject: a\0b =?utf-7?Q?+2AA-?=\nContent-Type: text/html\n\n"
    raw = head + b"&#xD800;x&#0;&#99999999999;\0\x08y"
    found = understand(raw)
    for text in (found.text, found.subject):
        text.encode("utf-8")
        assert not {"\0", "\x08"} & set(text)


@pytest.mark.parametrize(
    ("below", "kept"),
    [
        ("We will vote in favour of the draft.\n\nAnna Diplomat\nCounsellor", "We will vote in favour of the draft."),
        (
            "Anna Diplomat\nWe will, after long consultations with our capital,\nabstain on the draft.\nTel. 022",
            "We will, after long consultations with our capital,\nabstain on the draft.",
        ),
        ("Nous nous abstiendrons.\nAnna", "Nous nous abstiendrons."),
        ("我国将投赞成票。\n王", "我国将投赞成票。"),
        ("سنمتنع عن التصويت.", "سنمتنع عن التصويت."),
        ("Please remove our address from your list.\nAnna", "Please remove our address from your list."),
        ("Anna Diplomat\nI work part-time and am not in on Fridays.\nwww.mission.example", ""),
        ("Permanent Mission\nWe stand up for human rights.", ""),
        ("This message is confidential and intended for its addressee. We vote no.", ""),
    ],
)
def test_a_sentence_that_answers_below_a_signature_s_strokes_is_kept(below, kept):
    assert own_words(f"Thank you.\n\n-- \n{below}") == f"Thank you.\n\n{kept}".strip()


def test_where_only_a_greeting_stands_above_the_strokes_the_sentences_below_are_the_answer():
    below = "Thank you for your letter, which has arrived.\n\nAnna Diplomat\nGeneva"
    assert own_words(f"Dear all,\n\n-- \n{below}") == "Dear all,\n\nThank you for your letter, which has arrived."
    assert own_words("您好，\n\n-- \n来信已收到。\n王") == "您好，\n\n来信已收到。"
    assert own_words("Dear all,\n\n-- \nAnna Diplomat\nGeneva") == "Dear all,"
