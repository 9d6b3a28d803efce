"""The witness: what went out of this installation, kept outside of the database, so that a copy of it is recognised."""
