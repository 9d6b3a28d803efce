"""Two texts that differ by signs and slips are nearly the same; two letters of one series are not."""

import pytest

from outreach.letters.likeness import (
    Likeness,
    are_sketched_alike,
    likeness,
    sketch,
    sketched_words,
    words_of,
)
from outreach.vocabulary import Language

LETTER = (
    "Excellency, we write to you ahead of the 55th session of the Human Rights Council. More and more people who "
    "document violations are watched, sued or imprisoned for it, in Niger as elsewhere. We ask the Government to "
    "support a resolution on their protection, and to speak in the general debate of the Council. We would be grateful "
    "for an answer by 27 March. Please accept, Excellency, the assurances of our highest consideration."
)
RUSSIAN = (
    "Ваше Превосходительство, мы обращаемся к вам накануне сессии Совета по правам человека. Мы просим правительство "
    "поддержать резолюцию о защите тех, кто документирует нарушения, и выступить в общих прениях."
)


def compared(text: str, other: str, language: Language = Language.ENGLISH) -> Likeness | None:
    return likeness(words_of(text), words_of(other), language)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (".", "!", Likeness()),
        (", ", " \u2013 ", Likeness()),
        ("Human Rights", "HUMAN RIGHTS", Likeness()),
        ("general debate", "general-debate", Likeness()),
        ("resolution", "resolu\u00adtion", Likeness()),
        ("protection", "protetcion", Likeness(1)),
        ("Human", "Humna", Likeness(1)),
        ("Council.", "Counsil.", None),  # both times: it may be another body
        ("debate of the Council", "debate of the Counsil", Likeness(1)),
        ("support", "please support", Likeness(0, 1)),
        ("27 March.", "27 March. A reply to this message reaches us directly.", Likeness(0, 8)),
        ("27 March.", "27 March. We thank you.", Likeness(0, 3)),
        ("27 March.", "27 March. Do not wait.", None),
        ("27 March.", "27 March. We mean Chad.", None),
        ("55th", "56th", None),
        ("27 March", "28 March", None),
        ("March", "May", None),
        ("Niger", "Nigeria", None),
        ("Niger", "South Niger", None),
        ("protection", "safety", None),
        ("the Government", "Parliament", None),
        ("general debate", "general debate on Sudan", None),
        ("55th", "fifty-fifth", None),
        ("to speak", "not to speak", None),
        ("support", "never support", None),
        ("a resolution", "a possible resolution", None),
        ("general debate", "second general debate", None),
        ("resolution", "revolution", None),  # both are words
        ("document violations", "document violations of the rights of peasants", None),  # no sentence more
    ],
)
def test_each_difference_is_of_a_kind(old: str, new: str, told: Likeness | None) -> None:
    other = LETTER.replace(old, new)
    assert other != LETTER
    assert compared(LETTER, other) == compared(other, LETTER) == told


def test_any_script_is_read() -> None:
    assert compared(RUSSIAN, RUSSIAN.replace(", ", " — ").replace(".", " !"), Language.RUSSIAN) == Likeness()
    assert compared(RUSSIAN, RUSSIAN.replace("защите", "свободе"), Language.RUSSIAN) is None
    assert compared("我们谨此致函,请支持该决议。", "我们谨此致函;请支持该决议!", Language.CHINESE) == Likeness()


CHINESE = (
    "我们在人权理事会第五十五届会议表决之前致函贵团。记录失踪者姓名的人受到监视、起诉和解雇，其中一些人已经停止工作。"
    "我们特别关注伊朗的情况，恭请贵国政府投票支持延长任务授权。"
)
ARABIC = (
    "نكتب إليكم قبيل الدورة الرابعة والستين لمجلس حقوق الإنسان التي ستنظر في تجديد ولاية المقرر الخاص. "
    "ونرجو من حكومتكم الموقرة "
    "أن تصوت لصالح التجديد وأن تتحدث في المناقشة عن سلامة الشهود."
)
FRENCH = (
    "Nous vous écrivons avant la soixante-sixième session du Conseil sur les mesures que les autorités iraniennes "
    "prennent contre les familles. Nous demandons à votre gouvernement de voter pour le "
    "mandat, et de recevoir une délégation."
)
SPANISH = (
    "Le escribimos antes de la votación del Consejo en su sexagésimo cuarto período de sesiones, que decidirá sobre el "
    "mandato. Pedimos a su Gobierno que vote a favor y que reciba una pequeña delegación de nuestra red."
)


@pytest.mark.parametrize(
    ("language", "text", "old", "new", "told"),
    [
        (Language.CHINESE, CHINESE, "第五十五届", "第五十六届", None),
        (Language.CHINESE, CHINESE, "伊朗", "伊拉克", None),
        (Language.CHINESE, CHINESE, "支持", "反对", None),
        (Language.CHINESE, CHINESE, "投票", "不投票", None),
        (Language.CHINESE, CHINESE, "，", "；", Likeness()),
        (Language.CHINESE, CHINESE, "授权。", "授权。直接回复本邮件即可与我们联系。", Likeness(0, 14)),
        (Language.ARABIC, ARABIC, "الرابعة", "السابعة", None),
        (Language.ARABIC, ARABIC, "الدورة الرابعة", "الدورة", None),
        (Language.ARABIC, ARABIC, "أن تصوت", "أن لا تصوت", None),
        (Language.ARABIC, ARABIC, ".", " !", Likeness()),
        (Language.FRENCH, FRENCH, "soixante-sixième", "soixante-dixième", None),
        (Language.FRENCH, FRENCH, "iraniennes", "irakiennes", None),
        (Language.FRENCH, FRENCH, "de voter", "de ne pas voter", None),
        (Language.FRENCH, FRENCH, "gouvernement", "gouvernemment", Likeness(1)),
        (Language.FRENCH, FRENCH, "écrivons", "ecrivons", Likeness()),
        (Language.SPANISH, SPANISH, "cuarto", "quinto", None),
        (Language.SPANISH, SPANISH, "sexagésimo cuarto", "sexagésimo", None),
        (Language.SPANISH, SPANISH, "que vote", "que no vote", None),
        (Language.SPANISH, SPANISH, "delegación", "delegacion", Likeness()),
        (Language.RUSSIAN, RUSSIAN, "сессии", "первой сессии", None),
        (Language.RUSSIAN, RUSSIAN, "поддержать", "не поддержать", None),
        (Language.RUSSIAN, RUSSIAN, "прениях", "прениах", None),  # no list tells which of them is a word
    ],
)
def test_each_language_tells_its_letters_apart(
    language: Language, text: str, old: str, new: str, told: Likeness | None
) -> None:
    other = text.replace(old, new)
    assert other != text
    assert compared(text, other, language) == compared(other, text, language) == told


def test_the_same_sentences_in_another_order_are_the_same_letter() -> None:
    moved = f"{RUSSIAN.split('. ')[1]} {RUSSIAN.split('. ')[0]}."
    assert compared(RUSSIAN, moved, Language.RUSSIAN) == Likeness()
    first, *others = CHINESE.removesuffix("。").split("。")
    assert compared(CHINESE, "。\n\n".join([*others, first]), Language.CHINESE) == Likeness()


def test_letters_that_share_their_closing_are_two() -> None:
    closing = "Please accept, Excellency, the assurances of our highest consideration. " * 4
    assert compared(f"{LETTER} {closing}", f"We thank you for the vote of your country. {closing}") is None


def test_short_texts_are_the_same_only_where_each_word_is() -> None:
    assert compared("A short note.", "a short note") == Likeness()
    assert compared("A short note.", "A shart note.") is None
    assert compared("", "") is None


def test_what_is_a_letters_own_does_not_count() -> None:
    one, other = "By 57 of us, Ada Sample among them. 3 March 2026", "By 1 of us, among them. 9 April 2026"
    own = {"57", "1", "Ada Sample", "3 March 2026", "9 April 2026"}
    assert likeness(words_of(one, own), words_of(other, own), Language.ENGLISH) == Likeness()
    assert "157th" in {word.folded for word in words_of("The 157th, not 57", own)}


OTHER = (
    "Excellency, in the months since we last wrote, three of our colleagues were arrested in the capital, and their "
    "lawyers were told of no charge. We ask your delegation to raise their names in the interactive dialogue with the "
    "Special Rapporteur, and to join the cross-regional statement that will be read on their behalf next Tuesday."
)
NAMES = " ".join(f"Organisation {letter}{number} of {number}land;" for letter in "abcdefgh" for number in range(40))


@pytest.mark.parametrize("text", [LETTER, RUSSIAN], ids=["en", "ru"])
def test_of_a_text_that_is_lost_a_sketch_tells_what_is_nearly_the_same(text: str) -> None:
    kept = sketch(text)
    assert len(kept) <= 256
    for other in (text.upper(), text.replace(". ", ".\n\n"), text + " We thank you.", " ".join(reversed(text.split()))):
        assert are_sketched_alike(kept, sketch(other))
    assert not are_sketched_alike(kept, sketch(OTHER))


def test_who_signs_says_nothing_of_two_letters() -> None:
    signed, other = f"{LETTER}\n\n{NAMES}", f"{OTHER}\n\n{NAMES}"
    assert are_sketched_alike(sketch(signed), sketch(other))
    names = sketched_words(NAMES)
    assert not are_sketched_alike(sketch(signed, names), sketch(other, names))


def test_of_a_text_that_was_never_sketched_nothing_is_told() -> None:
    assert sketch("") == ""
    assert not are_sketched_alike("", "")
    assert not are_sketched_alike(sketch(LETTER), "")
