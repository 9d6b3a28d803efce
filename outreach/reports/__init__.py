"""The reports room: a campaign's status as numbers, as a table, as an Excel workbook, and as plain data."""
