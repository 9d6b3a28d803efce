"""A report that comes back: its rows by their keys, what was typed, and what stands at other missions."""
