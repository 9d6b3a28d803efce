"""What each mission said and where it stands: answers from the mail, positions set by a person, the history of both."""
