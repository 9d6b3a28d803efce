"""The web desk: pages over the same functions that the command line calls. A door: no rule of the business is here."""
