"""The workbook: its columns, sheets, charts and style."""
