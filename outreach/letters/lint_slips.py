"""Slips of the hand and of programs that write: a title twice, a month without its day, a machine's own words."""

import re

from outreach.month_names import month_names
from outreach.vocabulary import Language

TITLED_TWICE = re.compile(
    r"""(?<!\w)(?:
    (?:Madame|Mademoiselle|Mme\.?|Mlle\.?)[ \u00a0](?:Madame|Mme\.?|Mlle\.?)
    | (?:Monsieur|M\.)[ \u00a0](?:Monsieur|M\.|Mr\.?)
    | (?:Mr\.?|Mister)[ \u00a0](?:Mr\.?|Mister) | (?:Mrs\.?|Ms\.?|Miss)[ \u00a0](?:Mrs\.?|Ms\.?|Miss)
    | (?:Dr\.?|Doctor)[ \u00a0](?:Dr\.?|Doctor) | H\.E\.[ \u00a0]H\.E\. | S\.E\.[ \u00a0]S\.E\.
    | (?:Señora|Sra\.)[ \u00a0](?:Señora|Sra\.) | (?:Señor|Sr\.)[ \u00a0](?:Señor|Sr\.)
    | (?:госпожа|г-жа)[ \u00a0](?:госпожа|г-жа) | (?:господин|г-н)[ \u00a0](?:господин|г-н)
    )[ \u00a0](?=[A-ZÀ-ÝА-ЯЁ])""",
    re.VERBOSE,
)
"""A form of address and once more the same, in full or short: `Madame Mme Dupont`."""

OF_A_MACHINE = re.compile(
    r"""(?<!\w)(?:
    (?:here(?:['’]s|[ ]is)|below[ ]is)[ ](?:an?|the|your)[ ](?:\w+[ ]){0,3}(?:version|draft|letter|translation)
        [ ](?:of[ ]your|for[ ]you|you[ ](?:asked|requested))
    | as[ ]an?[ ](?:AI|artificial[ ]intelligence)[ ](?:language[ ])?model
    | I[ ]hope[ ]this[ ](?:letter[ ]|draft[ ]|version[ ])?(?:helps|meets[ ]your[ ]needs)
    | let[ ]me[ ]know[ ]if[ ]you(?:['’]d|[ ]would)[ ]like[ ](?:me[ ]to|any[ ]changes|a[ ](?:shorter|longer))
    | (?:voici|ci-dessous)[ ](?:une|la|votre)[ ](?:\w+[ ]){0,3}(?:version|ébauche|traduction)(?:[ ]\w+){0,2}
        [ ]de[ ]votre[ ](?:lettre|texte|message|courrier|courriel|brouillon)
    | en[ ]tant[ ]que[ ](?:modèle[ ]de[ ]langage|IA(?!\w))
    | j['’]espère[ ]que[ ](?:cela|cette[ ]version)[ ](?:vous[ ])?(?:aide|convient)
    | (?:aquí|a[ ]continuación)[ ](?:tiene|está|te[ ]dejo|le[ ]presento)[ ](?:una|la|su)[ ](?:\w+[ ]){0,3}
        (?:versión|traducción)
    | como[ ]modelo[ ]de[ ]lenguaje | espero[ ]que[ ]esto[ ](?:le[ ]|te[ ])?(?:ayude|sirva)
    | вот[ ](?:\w+[ ]){0,2}(?:вариант|версия|перевод)[ ](?:\w+[ ]){0,2}(?:вашего|вашей) | как[ ]языковая[ ]модель
    )""",
    re.VERBOSE | re.IGNORECASE,
)
"""What a program that writes says around what it wrote."""

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
