"""Templates that would fill the memory or never end are refused with their line, soon and in little memory."""

import tracemalloc
from pathlib import Path

import pytest
from letters_made import addressee, merged, merger, write_letter

from outreach.errors import LetterError
from outreach.letters.folder import load_letter

DOUBLED = (
    "{% set ns = namespace(s='xxxxxxxxxxxx') %}{% for i in range(60) %}{% set ns.s = DOUBLE %}{% endfor %}{{ ns.s }}"
)
GROWN = (
    "{% set b %}{{ 'y' }}{% for i in range(9999) %}yyyyyyyyyyyyyyyy{% endfor %}{% endset %}"
    "{{ range(9999)|map('replace', '1', b)|list }}"
)
LONG_SUBJECT = "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}S"
NUMBERS = "{% set ns = namespace(s=9) %}{% for i in range(60) %}{% set ns.s = ns.s * ns.s %}{% endfor %}{{ ns.s }}"
MACRO = "{% macro m(n) %}{{ m(n - 1) if n else 'x' }}{{ m(n - 1) if n else 'x' }}{% endmacro %}{{ m(60) }}"
LOOPS = "".join("{% for a" + str(i) + " in range(9999) %}" for i in range(4)) + "{% endfor %}" * 4
RECURSIVE = "{% for a in [1, 2] recursive %}{{ loop([1, 2]) if loop.depth0 < 60 }}{% endfor %}"


@pytest.mark.heavy
@pytest.mark.parametrize(
    "source",
    [
        "{{ 'x' * 999999999 }}", "{{ 999999999 * 'x' }}", "{{ [1] * 999999999 }}", "{{ 9 ** 99999999 }}",
        "{{ 10 ** 9999 ** 9999 }}", NUMBERS, "{{ 'x'.ljust(999999999) }}", "{{ 'x'.rjust(999999999) }}",
        "{{ 'x'.center(999999999) }}", "{{ 'x'.zfill(999999999) }}", "{{ '\\t'.expandtabs(999999999) }}",
        "{{ 'x'|center(999999999) }}", "{{ 'x'|indent(999999999) }}", "{{ '%999999999s'|format('x') }}",
        "{{ '%999999999s' % 'x' }}", "{{ '%*s' % (999999999, 'x') }}", "{{ '{:999999999}'.format('x') }}",
        "{{ '{:{w}}'.format('x', w=999999999) }}", "{{ '{0:>{1}}'.format('x', 999999999) }}",
        "{{ range(999999999)|list }}", "{{ range(999999999)|join }}", "{% for i in range(999999999) %}x{% endfor %}",
        DOUBLED.replace("DOUBLE", "ns.s ~ ns.s"), DOUBLED.replace("DOUBLE", "ns.s + ns.s"),
        DOUBLED.replace("DOUBLE", "ns.s.replace('x', 'xx')"), DOUBLED.replace("DOUBLE", "ns.s|replace('x', 'xx')"),
        DOUBLED.replace("DOUBLE", "'%s%s' % (ns.s, ns.s)"), DOUBLED.replace("DOUBLE", "'{0}{0}'.format(ns.s)"),
        DOUBLED.replace("DOUBLE", "ns.s.join(['', ns.s, ''])"), DOUBLED.replace("DOUBLE", "[ns.s, ns.s]|join"),
        DOUBLED.replace("DOUBLE", "[ns.s, ns.s]|listed"),
        "{% set ns = namespace(s=[1]) %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        GROWN,
        "{{ [1]|batch(999999999, 'x')|list }}", "{{ [1]|slice(999999999)|list }}", "{{ 1.5|round(999999999, 'ceil') }}",
        "{{ [[1], [2]]|sum(start=[]) }}", "{{ {'a': 1}|tojson(indent=999999999) }}", "{{ lipsum(n=999999999) }}",
        "{{ 'a b'|wordwrap(1, true, 'x' ~ 'y') }}", "{{ 'x'.translate({120: 'xx'}) }}",
        MACRO, LOOPS, RECURSIVE, "{% include 'twice.md' %}", "{% include 'en.md' %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m(n) %}{% call m(n) %}x{% endcall %}{% endmacro %}{{ m(1) }}",
    ],
)  # fmt: skip
def test_every_trick_is_refused_with_its_file(tmp_path: Path, source: str) -> None:
    write_letter(tmp_path, {"en.md": source, "twice.md": "{% include 'twice.md' %}" * 2})
    tracemalloc.start()
    try:
        with pytest.raises(LetterError) as caught:
            merger(load_letter("letter", tmp_path)).merge(addressee("GBR"))
        assert tracemalloc.get_traced_memory()[1] < 150_000_000
    finally:
        tracemalloc.stop()
    assert ".md" in str(caught.value)


@pytest.mark.parametrize("subject", ["{{ 'x' * 999999999 }}", LONG_SUBJECT])
def test_a_subject_has_bounds_too(tmp_path: Path, subject: str) -> None:
    with pytest.raises(LetterError, match="subject"):
        merged(tmp_path, {"letter.toml": f'title = "T"\n[subject]\nen = "{subject}"\n', "en.md": "A"})


@pytest.mark.heavy
def test_the_layout_of_the_mail_has_bounds_too(tmp_path: Path) -> None:
    write_letter(tmp_path, {"en.md": "A\n"})
    (tmp_path / "layouts" / "mail.html").write_text("{{ body }}{{ 'x'.ljust(999999999) }}", encoding="utf-8")
    with pytest.raises(LetterError, match="sensible size"):
        merger(load_letter("letter", tmp_path)).merge(addressee("GBR"))


@pytest.mark.heavy
def test_what_letters_do_is_not_refused(tmp_path: Path) -> None:
    source = (
        "{% for i in range(300) %}{{ i }} {{ 'a' ~ i }} {{ '%s and %d' % ('b', i) }} {{ '{:,}'.format(1000 + i) }}"
        "\n\n{% endfor %}"
        "{{ [1, 2]|join(', ') }} {{ 'a'|replace('a', 'b') }} {{ 2 ** 10 }} {{ 'A'.lower() }} {{ ['x', 'y']|listed }} "
        "{{ 1000000|round|int }} {{ none|default(193000, true) }}"
    )
    one = merged(tmp_path, {"en.md": source})
    assert "299 a299 b and 299 1,299" in one.text
    assert one.text.endswith("1, 2 b 1024 a x and y 1000000 193000\n")
    write_letter(tmp_path, {"en.md": "{{ mission.name }}"})
    made = merger(load_letter("letter", tmp_path))
    assert len({made.merge(addressee("GBR")).text for _ in range(2_000)}) == 1, "what one letter uses is not another's"
