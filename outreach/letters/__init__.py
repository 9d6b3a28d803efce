"""Letters: templates, signatories, merge, MIME. A letter and a mission become a frozen message."""
