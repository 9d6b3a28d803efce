"""Protocol: how a mission and the person there are addressed, saluted and taken leave of, in six languages.

`person` reads who somebody is out of a sheet's cells, `address` says it in a letter's language, `seats` says the
mission's own lines. Words are data: person_words.toml for what sheets say, words/*.toml for what letters say.
"""
