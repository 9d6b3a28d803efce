"""What positions a person's words tell, measured on banks of statements in six languages; wishes and other addresses.

A bank's rows: the words of a person, and the acceptable positions, the ideal first; `none` is nothing, which is never
wrong, only missed.
"""

import random
import re
import sys
import tomllib
from pathlib import Path

import pytest

from outreach.expressions import LateExpression, Rules, beginnings
from outreach.inbox.meaning import clauses, stances
from outreach.inbox.meaning.clauses import LANGUAGES, known_words, language_of, plain, read, sentences
from outreach.inbox.meaning.proposals import addresses_to_use, proposed
from outreach.inbox.meaning.stances import beside_letters, is_of_another, position_of
from outreach.missions.facts import states
from tests.conftest import SHARED

HERE = Path(__file__).parent
CASES = SHARED / "cases" / "inbox"
OWN = HERE / "positions.tsv"
GRID = tomllib.loads((HERE / "positions_grid.toml").read_text(encoding="utf-8"))


def bank(path: Path) -> list[tuple[str, list[str]]]:
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    columns = header.split("\t")
    rows = [dict(zip(columns, line.split("\t"), strict=True)) for line in lines if line.strip()]
    return [(row["words"].replace("\\n", "\n"), row["acceptable"].split("|")) for row in rows]


def told(words: str) -> str:
    found = proposed(words).position
    return found.position.value if found else "none"


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("path", "fewest"),
    [(OWN, 0.85), (CASES / "positions.tsv", 0.7), (CASES / "positions-examples.tsv", 0.7)],
    ids=["own", "shared", "examples"],
)
def test_what_is_said_is_right_and_it_speaks_on_most(path, fewest):
    if not path.exists():
        pytest.skip(f"{path.name} lies outside the repository")
    rows = bank(path)
    spoken = [(words, told(words), acceptable) for words, acceptable in rows if told(words) != "none"]
    wrong = [one for one in spoken if one[1] not in one[2]]
    assert len(spoken) - len(wrong) >= 0.97 * len(spoken), wrong
    telling = [words for words, acceptable in rows if acceptable[0] != "none"]
    right = [one for one in spoken if one[1] in one[2] and one[2][0] != "none"]
    assert len(right) >= fewest * len(telling), sorted(set(telling) - {one[0] for one in right})


def test_the_bank_is_large_and_in_six_languages():
    rows = bank(OWN)
    assert len(rows) >= 150
    assert {language_of(plain(words)) for words, _ in rows[::20]} == {"en", "fr", "es", "ar", "ru", "zh"}


@pytest.mark.parametrize(
    ("words", "evidence"),
    [
        ("Thank you.\nOur group is divided, but we will vote in favour. See you soon.", "we will vote in favour."),
        ("Chers collègues,\nNous nous abstiendrons ; bien à vous.", "Nous nous abstiendrons"),
        ("感谢来信。我国将投赞成票。", "我国将投赞成票。"),
        ("Мы благодарны, но воздержимся.", "воздержимся."),
    ],
)
def test_the_words_that_it_rests_on_are_the_very_ones(words, evidence):
    found = proposed(words).position
    assert found is not None
    assert found.sentence == evidence


@pytest.mark.parametrize(
    "frame",
    [
        "Is it true that {}?", "Ruritania told us: {}", "The newspapers say that {}", "We never said that {}",
        "Thank you for your letter asking that {}", "According to Genovia, {}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("words", ["we will vote against the draft", "we will co-sponsor the draft", "we will abstain"])
def test_what_others_say_or_ask_tells_nothing(frame, words):
    assert told(f"{words.capitalize()}.") != "none"
    if "told us" in frame:
        frame = "Ruritania told us that {}"
    assert told(frame.format(words)) == "none"


@pytest.mark.parametrize(
    ("words", "position"),
    [
        ("We support the Special Rapporteur and her team.", "none"),
        ("We support the independence of the mandate holders.", "none"),
        ("We will vote for the draft on arbitrary detention.", "none"),
        ("We will vote for the draft on the situation of human rights in Eritrea.", "in favour"),
        ("Nous soutenons la résolution sur l'eau.", "none"),
        ("Votre message a été transmis au Ministère pour toutes fins utiles.", "none"),
        ("We cannot, in all conscience, support this text.", "against"),
        ("Nous ne soutenons pas ce projet.", "against"),
        ("Although we dislike paragraph 6, we will vote in favour.", "in favour"),
        ("As to paragraph 6, we will vote against.", "none"),
        ("You hope, if I read you well, that we vote against the text.", "none"),
        ("Je doute que nous votions contre. Je doute que nous voterons contre.", "none"),
        ("Perhaps, we will abstain.", "none"),
        ("Our organisation fully supports the resolution.", "none"),
        ("Nuestra organización apoya la resolución.", "none"),
        ("For your information, Ireland and Chile are sponsoring the draft.", "none"),
    ],
)
def test_what_is_said_of_what(words, position):
    assert told(words) == position


def sentence(frame: str, words: str, language: str) -> str:
    said = frame.format(words)
    return f"{said[0].upper()}{said[1:]}{'。' if language == 'zh' else '.'}"


@pytest.mark.heavy
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_whoever_of_the_mission_speaks_says_the_same(language):
    grid = GRID[language]
    space = "" if language == "zh" else " "
    said = {
        f"{subject}{space}{predicate}": position
        for position, predicates in grid["predicates"].items()
        for predicate in predicates
        for subject in grid["subjects"]
    }
    found = {words: told(sentence("{}", words, language)) for words in said}
    assert {words: one for words, one in found.items() if one not in ("none", said[words])} == {}
    silent = [words for words, one in found.items() if one == "none"]
    assert len(silent) <= 0.05 * len(said), silent


@pytest.mark.heavy
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_in_whose_words_it_comes_decides_whether_it_is_told(language):
    grid = GRID[language]
    for words, position in ((words, position) for position, words in grid["clauses"].items()):
        for frame in grid["told"]:
            assert told(sentence(frame, words, language)) in (position, "none"), frame
        for frame in grid["not_told"]:  # who says that it is too early to say is undecided
            assert told(sentence(frame, words, language)) in ("none", "undecided"), frame
    silent = [
        frame
        for frame in grid["told"]
        if all(told(sentence(frame, words, language)) == "none" for words in grid["clauses"].values())
    ]
    assert not silent


@pytest.mark.parametrize(
    ("words", "position"),
    [
        # who is asked, and who instructs
        ("The letter invites my country to co-sponsor the draft.", "none"),
        ("Capital instructed our delegation to vote in favour.", "in favour"),
        ("La Coalition prie notre pays de se porter coauteur et de voter en faveur du projet.", "none"),
        ("Notre capitale nous demande de voter pour.", "in favour"),
        ("Nos piden ustedes que copatrocinemos y votemos a favor del proyecto.", "none"),
        ("La capital nos pide que votemos a favor.", "in favour"),
        # whose answer is awaited, and what waits
        ("期待您的答复。", "none"), ("还在等首都的消息。", "undecided"),
        ("Quedamos a la espera de su respuesta.", "none"),
        ("ما زلنا ننتظر رد الأمانة العامة بشأن القاعة.", "none"), ("ما زلنا ننتظر رد وزارتنا.", "undecided"),
        ("The list of speakers has not been decided.", "none"), ("The matter has not been decided.", "undecided"),
        # what is not told
        ("Мы не раскрываем адреса коллег.", "none"), ("Мы не раскрываем своих намерений.", "declined to say"),
        ("大使不便透露会见时间。", "none"), ("我们不便透露投票意向。", "declined to say"),
        # a vote that is called, and one that is imagined
        ("Should the draft be put to a vote, we would vote yes.", "in favour"),
        ("If a vote were held today, we would abstain.", "none"),
        # what the vote is for
        ("We will vote for your ambassador as chair.", "none"), ("سنصوت لصالح تأجيل المناقشة.", "none"),
        ("Проголосуем за мораторий на смертную казнь.", "none"), ("Проголосуем за проект.", "in favour"),
        ("至于另外一份，即关于粮食权的决议，我们会参加联署。", "none"),
        ("Our position on the right to water is well known: we vote in favour.", "none"),
    ],
)  # fmt: skip
def test_neighbours_of_what_tells_a_position_tell_none(words, position):
    assert told(words) == position


def test_a_mission_that_presents_itself_speaks_by_its_own_name_in_any_language():
    head = "تهدي البعثة الدائمة للجمهورية التونسية لدى مكتب الأمم المتحدة بجنيف تحياتها"
    assert told(f"{head}، وتتشرف بإفادته بأن تونس قررت الانضمام إلى قائمة مقدمي مشروع القرار.") == "co-sponsor"
    assert told("巴西常驻联合国代表团向联盟致意，并谨通知：巴西已加入该决议草案共同提案国。") == "co-sponsor"


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("language", "frame", "position"),
    [
        ("ar", "ستصوت {} لصالح مشروع القرار.", "in favour"), ("ar", "تعارض {} مشروع القرار.", "against"),
        ("ar", "ستنضم {} إلى مقدمي مشروع القرار.", "co-sponsor"), ("ar", "علمنا أن {} ستمتنع عن التصويت.", "none"),
        ("ar", "صوتت {} لصالح القرار في العام الماضي.", "none"), ("zh", "{}将投弃权票。", "abstain"),
        ("zh", "{}支持该决议草案。", "in favour"), ("zh", "据悉，{}将投弃权票。", "none"),
    ],
)  # fmt: skip
def test_any_state_may_be_the_subject_where_no_capital_tells_a_name(language, frame, position):
    names = {state.short(language).partition("(")[0].partition("（")[0].strip() for state in states().values()}
    assert {name: told(frame.format(name)) for name in names} == dict.fromkeys(names, position)


def test_what_a_state_is_said_to_do_is_no_other_mission_s_position():
    told_of = position_of("ستصوت مملكة هولندا لصالح مشروع القرار.")
    assert told_of is not None
    assert not is_of_another(told_of, "NLD")
    assert is_of_another(told_of, "NOR")


@pytest.mark.heavy
def test_no_sentence_that_tells_something_is_passed_over_unread(monkeypatch):
    rows = [words for words, acceptable in bank(OWN)[::7] if acceptable[0] != "none"]
    quick = [told(words) for words in rows]
    monkeypatch.setattr(stances, "_needed", lambda: Rules([(("",), LateExpression("(?!)"))]))
    proposed.cache_clear()
    assert [told(words) for words in rows] == quick


def test_clauses_that_contradict_each_other_tell_nothing():
    assert told("We will vote in favour. We will vote against.") == "none"
    assert told("We will co-sponsor the text. We will vote in favour.") == "co-sponsor"
    assert told("We support the text. We still await instructions from capital.") == "undecided"


def test_an_abbreviation_ends_no_sentence_and_a_broken_line_is_one():
    assert list(sentences("H.E. Mr. Smith will\nabstain. Yes.")) == ["H.E. Mr. Smith will abstain.", "Yes."]
    assert list(sentences("We vote no. We regret it.")) == ["We vote no.", "We regret it."]
    assert list(sentences("我国弃权。谢谢。")) == ["我国弃权。", "谢谢。"]


def test_the_words_as_written_are_found_again_where_letters_were_folded():
    sentence = read(known_words("Ma “ déle\u0301gation ” s’abstiendra.", "fr"))
    assert sentence.written(0, len(sentence.plain)) == "Ma “ déle\u0301gation ” s’abstiendra."
    assert [sentence.written(one.start, one.end) for one in sentence.phrases if "ABST" in one.sorts] == ["s’abstiendra"]


YES = """
Please remove our address from your distribution list.|Kindly stop writing to us.|Unsubscribe us.
Could you take us off your list?|Merci de retirer notre adresse de votre liste.|Veuillez cesser de nous écrire.
Nous ne souhaitons plus recevoir vos courriels.|No deseamos recibir más correos.|Dejen de escribirnos.
Просим исключить наш адрес из списка рассылки.|Больше не пишите нам.|请将我们从邮件列表中删除。|请不要再给我们发邮件。
يرجى حذف عنواننا من قائمتكم.|لا نرغب في تلقي رسائلكم.|الرجاء إلغاء اشتراكنا
"""
NO = """
Please stop sending attachments over 5 MB.|If you wish to unsubscribe, click here.
Please do not remove us from your list.|Please stop sending us duplicates.
Please do not send it before Monday.|Merci de ne plus envoyer de pièces jointes.
Si vous souhaitez vous désabonner, cliquez ici.|No nos envíen archivos adjuntos.|Не присылайте вложения больше 5 МБ.
请不要再发送附件。|لا ترسلوا مرفقات كبيرة.|We received your list of signatories. Please write again.
"""


def of(text: str) -> list[str]:
    return text.strip().replace("\n", "|").split("|")


@pytest.mark.parametrize("words", of(YES))
def test_to_be_left_alone(words):
    assert proposed(f"Dear all,\n\n{words}\n\nRegards").opt_out == words


@pytest.mark.parametrize("words", of(NO))
def test_what_asks_for_something_else(words):
    assert proposed(words).opt_out == ""


@pytest.mark.parametrize(
    "words",
    [
        "Please write to new@x.example from now on.", "Our address has changed. Please use new@x.example.",
        "Désormais, veuillez écrire à new@x.example.", "En lo sucesivo escriba a new@x.example",
        "Впредь пишите на new@x.example.", "今后请写信至 new@x.example。",
        "يرجى الكتابة من الآن فصاعدا إلى new@x.example",
        "期间请联系李女士：new@x.example。", "今后请写信至new@x.example，谢谢。",
        "My successor is Ms. Smith (new@x.example).", "Please contact my deputy, Mr. Jones, at new@x.example.",
    ],
)  # fmt: skip
def test_another_address(words):
    ((address, evidence),) = addresses_to_use(f"Good morning.\n\n{words}", ["old@x.example"])
    assert (address, evidence in words) == ("new@x.example", True)


def test_an_address_that_nobody_says_to_use_is_none():
    assert addresses_to_use("I am at a@x.example. The Secretariat is at b@un.example.", []) == ()
    assert addresses_to_use("From now on write to OLD@x.example.", ["old@x.example"]) == ()


def calls(text: str) -> int:
    """Return how many functions are called to read a text: time, without a clock."""
    count = 0

    def counts(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counts)
    try:
        proposed.__wrapped__(text)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    "piece",
    ["we will not vote. ", "if the vote ", "Capital of Name ", "“vote ", "A. vote. ",
        "我们不投票尚未决定。", "не голосуем. ", "لن نصوت "],
)  # fmt: skip
def test_what_is_read_grows_no_faster_than_the_text(piece):
    proposed.__wrapped__(piece * 3)
    short, long = piece * 40, piece * 160
    assert calls(long) <= 6 * calls(short) + 1000


@pytest.mark.heavy
def test_any_text_is_read():
    letters = "we vote no, l'été не 投 票 ن ص “” ?.;:\n\t\u0301\u00a0ﬁ\u0130"
    for seed in range(200):
        text = "".join(random.Random(seed).choices(letters, k=200))
        assert proposed(f"Our vote: {text}").opt_out == ""


@pytest.mark.heavy
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_tried_by_its_first_letters_finds_what_all_expressions_find(language):
    lexer = clauses._lexer(language)
    _, _, stuck, after = clauses._EDGES[language]
    kept = {name: "|".join(words for row, words in lexer._words if row == name) for name in dict(lexer._words)}
    whole = re.compile(
        f"{f'[{stuck}]?' if stuck else ''}(?:{'|'.join(f'(?P<g{row}>{kept[row]})' for row in kept)}){after}"
    )
    for words, _ in bank(OWN)[::12]:
        folded = plain(words)
        found = {one.start: (one.end, one.sorts) for one in lexer.read(folded)}
        for place, end_and_sorts in found.items():
            match = whole.match(folded, place)
            assert (match.end(), lexer._sorts[int(match.lastgroup[1:])]) == end_and_sorts
        past = 0
        for start in lexer._starts.finditer(folded):
            if start.start() >= past and start.start() not in found:
                assert whole.match(folded, start.start()) is None
            past = max(past, found.get(start.start(), (0,))[0])


@pytest.mark.parametrize(
    ("expression", "begins"),
    [
        ("(?:our |the )?votes?", {"our", "the", "vot"}), ("a(?:b|c)d", {"abd", "acd"}), ("\\w+ly", {""}),
        ("(?:(?:x )?)yes", {"x y", "yes"}), ("no(?= )", {"no"}), ("ab+c", {"ab"}), ("[ab]c|d", {"ac", "bc", "d"}),
    ],
)  # fmt: skip
def test_how_an_expression_begins(expression, begins):
    assert beginnings(expression, 3) == begins


ASKS = {
    "a vote": "The draft resolution L.8 is put to the vote on Friday. We call on you to vote in favour of the draft.",
    "sponsoring": "We kindly ask your delegation to co-sponsor the draft resolution L.8.",
    "both": "We ask your delegation to co-sponsor the draft resolution L.8 and to vote in favour of it.",
    "a meeting too": "We ask you to vote in favour of the draft L.8. Could we have a meeting next week?",
    "nothing": "Please find the report on L.8 attached.",
}


@pytest.mark.parametrize(
    ("words", "asks", "position"),
    [
        ("Yes.", "a vote", "in favour"), ("No.", "a vote", "none"), ("Yes.", "sponsoring", "co-sponsor"),
        ("No.", "sponsoring", "none"), ("Yes.", "both", "none"), ("Yes.", "a meeting too", "none"),
        ("Yes.", "nothing", "none"), ("Dear Anna,\nYes, of course.\nBest,\nTom", "a vote", "in favour"),
        ("Oui, avec plaisir.", "sponsoring", "co-sponsor"), ("Sí.", "a vote", "in favour"),
        ("Да.", "a vote", "in favour"), ("نعم.", "a vote", "in favour"), ("是的。", "a vote", "in favour"),
        ("Yes, we got it.", "a vote", "none"), ("Yes. And no.", "a vote", "none"),
        ("We will abstain.", "both", "abstain"), ("The draft L.31 is under consideration.", "a vote", "none"),
        ("El proyecto L.31 está bajo consideración.", "sponsoring", "none"),
        ("The draft L.8 is under consideration.", "a vote", "undecided"),
    ],
)  # fmt: skip
def test_a_bare_yes_is_to_what_our_letter_asks_and_another_draft_is_not_ours(words, asks, position):
    found = beside_letters(position_of(words), words, [ASKS[asks]])
    assert (found.position.value if found else "none") == position


@pytest.mark.parametrize(
    "letter",
    [
        "Nous vous prions de voter en faveur du projet de résolution.", "Les pedimos que voten a favor del texto.",
        "Просим вас проголосовать за проект резолюции.", "نرجو من وفدكم التصويت لصالح مشروع القرار.",
        "我们请贵国代表团对该决议草案投赞成票。",
    ],
)  # fmt: skip
def test_what_a_letter_asks_for_is_known_in_six_languages(letter):
    assert told("Yes.") == told("No.") == told("Dear Anna,\nYes.") == "none"
    found = beside_letters(None, "Yes.", [letter])
    assert found is not None
    assert (found.position.value, found.sentence) == ("in favour", "Yes.")
