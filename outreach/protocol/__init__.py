"""Protocol: how a mission and the person there are addressed, saluted and taken leave of, in six languages.

`person_reader` reads who somebody is out of a sheet's cells, `ranks` says what protocol takes one for, `writer` says
one in a letter's language, `seats` says the mission's own lines; `address` puts them together. Words are data:
missions/person_words.toml for what sheets say, words/*.toml for what letters say.
"""
