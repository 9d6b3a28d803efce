"""Which charset text is in that does not say so: guessed by what the letters would be.

For the few words of a short answer the usual detectors err (charset-normalizer was tried: of 35 answers of one or two
sentences in 14 charsets it took 19 for something else, this module two). Here each charset that missions' mail
is met in is asked what these bytes would say in it: common letters of one script, in words, speak for it; signs in
the middle of words, capitals behind small letters and rare characters against it.
"""

from functools import lru_cache

_LOOKED_AT = 4_000
_MULTIBYTE = ("gb18030", "big5", "cp932", "euc_jp", "cp949")
_SINGLE = ("cp1251", "koi8_r", "iso8859_5", "cp1256", "cp1253", "cp1255", "cp874", "cp1254", "cp1250")
_LATIN = "cp1252"

# The letters of which most text in a script is made.
_COMMON = frozenset(
    "оеаинтсрвлкмдпуяыьгзбчйхжшюіїєґўқәңғүұөһ"
    "اليمنوترهبعدفسكقحةأجشىإخضصطذزءئغثظؤآپچگکی،"
    "αοιετσνηυρπκμλςωδγχθφβξζψάέήίόύώ"
    "אבגדהוזחטיכךלמםנןסעפףצץקרשת"
    "กขคงจชดตถทธนบปผพภมยรลวศษสหอะาิีึืุู่้เแโใไั็์ำ"
    "áéíóúñàèùâêîôûçëïüöäåæøœßãõìò«»–’“”…—"
    "ąćęłńśźżčďěňřšťůýžőűăâîșțşţğıİđ"
    # Chinese, simplified and traditional
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行"
    "学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天"
    "政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最"
    "立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论"
    "运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认"
    "六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元"
    "况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习"
    "响约支般史感劳便团往市克何除消构府称太准精值号率族维划选标写存候毛亲快效院查江型眼王按格养易置派层片始却专状育厂京识适属"
    "圆包火住调满县局照参红细引听该铁价严您贵函谢悉驻表投票赞成弃权决议草案"
    "這為個國時來們對會發動過說產種麼後經進點從業應開還學義間樣與關線內數質氣變條沒結問無系軍題黨員總設長頭資邊級圖統較將組見計"
    "別論運農幾區強決戰則處隊給門規熱領東導壓濟階術極聯認權證轉單風帶場車務萬達積議聲報類離華確張馬節話況傳許廣記織裝眾書復兒須際"
    "驗連斷難備辦習響約勞團構稱準號維劃選標寫親養層專狀廠識適屬圓調滿縣參紅細聽該鐵價嚴您貴函謝悉駐團贊"
    "のにはをたがでてとしれさいるもなかこりすらくきまんよあそせけどつえうめわちみおやろずばごじげだべイルンスアトリラクレドシタ"
    "ますです御日本国連権理事会代表部受領返信書簡"
)
_RARER = frozenset("ìòøţđýþð")
_THAI_WITHIN = frozenset("ะาิีึืุู่้ั็์ำ")
_HANGUL = range(0xAC00, 0xD7A4)
_SIGNS = frozenset("¤¦§¨©¬®°±²³´µ¶·¸¹º¼½¾¿¡×÷¢£¥‡†‰€™ˆ˜‹›„‚ƒ‘")


def guess(data: bytes) -> str:
    """Return the codec that bytes which are neither ASCII nor UTF-8 are most likely in; looks at their beginning."""
    sample = data[:_LOOKED_AT]
    high = sum(1 for byte in sample if byte > 127)
    if not high:
        return "utf-8"
    found = [(_score(sample, codec), -place, codec) for place, codec in enumerate((_LATIN, *_SINGLE, *_MULTIBYTE))]
    return max(found)[2]


def _score(sample: bytes, codec: str) -> float:
    """Return how well what the bytes say in a charset reads, a letter about 1; far below zero where it is none."""
    try:
        text = sample.decode(codec)
    except UnicodeDecodeError as error:
        if error.start < len(sample) - 4 or codec not in _MULTIBYTE:
            if codec in _MULTIBYTE:
                return -9.0
            text = sample.decode(codec, "replace")
        else:
            text = sample[: error.start].decode(codec)  # cut in the middle of a character
    total, size, before = 0.0, 0, " "
    for one in text:
        if one > "\x7f":
            size += 1
            total += _worth(one) - _out_of_place(before, one, codec)
        elif before > "\x7f" and one.isalpha() and not _is_latin(before):
            total -= 0.5
        before = one
    return total / size if size else -9.0


@lru_cache(maxsize=20_000)
def _worth(one: str) -> float:
    if one in _RARER:
        return 0.85
    if ord(one) in _HANGUL:
        return 1.0 if _is_common(one) else 0.0
    if one in _COMMON:
        return 1.0
    if one == "\ufffd" or "\ue000" <= one <= "\uf8ff" or "\x80" <= one <= "\x9f":
        return -4.0
    if one in _SIGNS:
        return -1.0
    if one.lower() in _COMMON:
        return 0.6
    if "\uff00" <= one <= "\uff65" or "\u3000" <= one <= "\u303f":
        return 0.9  # the signs between Chinese and Japanese words
    if "\uff66" <= one <= "\uff9f":
        return -0.5  # halves of katakana
    if one.isalpha():
        return 0.3 if "\u4e00" <= one <= "\u9fff" else 0.1
    return 0.0


def _out_of_place(before: str, one: str, codec: str) -> float:
    """Return what speaks against a letter behind another: a second accent, a capital within, another script."""
    if codec in _MULTIBYTE:
        return 0.5 if before.isascii() and before.isalpha() else 0.0
    wrong = 2.0 if one in _THAI_WITHIN and not "\u0e01" <= before <= "\u0e5b" else 0.0
    if one.isupper() and before.islower():
        wrong += 1.0
    if _is_latin(one) and before > "\x7f" and before.isalpha():
        wrong += 0.7  # accents stand alone, as a rule
    if not _is_latin(one) and one.isalpha() and before.isascii() and before.isalpha():
        wrong += 1.0
    return wrong


def _is_common(syllable: str) -> bool:
    """Whether a Korean syllable is one of the 2,350 of KS X 1001; of 11,172 most are in no word."""
    return len(syllable.encode("euc_kr", "replace")) == 2  # others are written in eight bytes


def _is_latin(one: str) -> bool:
    return one < "\u0250"
