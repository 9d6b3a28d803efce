"""The doctor: looks over an installation before it is needed, and changes nothing."""
