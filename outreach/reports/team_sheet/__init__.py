"""The status in a copy of the team's own sheet, with every other byte as it was."""
