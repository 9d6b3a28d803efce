"""The commands behind the command line, a module a group: each parses its words, calls one function of a room, prints.

No rule of the business lives here. Imports of the rooms stand inside the functions, so that light commands start
at once. Which commands there are is told by the table in outreach/cli.py.
"""
