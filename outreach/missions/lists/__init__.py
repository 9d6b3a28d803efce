"""Foreign lists made plain: rows of our own columns out of blocks, headings and people's words."""
