"""Backups: a whole campaign in one file, made by a person or by itself, and brought back.

A backup is a zip: `manifest.json`, `outreach.db` (an SQLite file, also of a database on PostgreSQL), `templates/` and
`outreach.toml` without its secrets.
"""
