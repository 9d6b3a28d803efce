"""Files of tables opened, each by its kind, as sheets of cells with their marks."""
