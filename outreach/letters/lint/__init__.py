"""One lint: rules yield hits in a text, in a letter by its parts and between its languages; told with its words."""
