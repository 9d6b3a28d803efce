"""The missions: spreadsheet in, the directory, terms on the Council and audiences, names and forms of address."""
