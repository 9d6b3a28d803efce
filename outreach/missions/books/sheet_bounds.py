"""How much a spreadsheet may hold: more is refused, for no directory of missions is so large.

Nothing is imported here, so that the process that reads old workbooks starts at once.
"""

MAX_INFLATED_BYTES = 200 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 16_384
MAX_CELLS = 1_500_000
MAX_TEXT = 32_767  # the most that Excel keeps in a cell
MAX_MERGED = 20_000
MAX_COLOURED = 200_000
MAX_SWATCHES = 500  # so many coloured cells without a word are remembered: a legend has a few
