"""What the styles of an .ods workbook say: a line through the words, a colour, a sheet that is hidden.

OpenDocument 1.3, part 3: 20.377 (text-line-through-style), 20.182 (fo:background-color), 20.257 (display).
"""

from collections.abc import Mapping

_MOST_PARENTS = 10
_WHITE = {"#ffffff", "transparent"}
_BLACK = {"#000000"}


class OdsStyles:
    """The styles of a workbook, by family and name; each may be made from another one."""

    def __init__(self) -> None:
        """Know no style yet."""
        self._open = ""
        self._struck: dict[str, bool] = {}
        self._fills: dict[str, str] = {}
        self._letters: dict[str, str] = {}
        self._underlined: dict[str, bool] = {}
        self._parents: dict[str, str] = {}
        self._colours: dict[str, str] = {}
        self.hiding: set[str] = set()
        """The names of the styles of tables that hide a sheet."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take a tag of `styles.xml`, or of what stands in `content.xml` before the sheets."""
        if tag in ("style", "default-style"):
            said = plain(attributes)
            family = said.get("family", "")
            self._open = f"{family}:{said.get('name', '')}"
            if tag == "style":
                self._parents[self._open] = f"{family}:{said.get('parent-style-name', '')}"
        elif tag == "text-properties" and self._open:
            self._take_text(plain(attributes))
        elif tag == "table-cell-properties" and self._open:
            if fill := plain(attributes).get("background-color"):
                self._fills[self._open] = fill.casefold()
        elif tag == "table-properties" and plain(attributes).get("display") == "false":
            self.hiding.add(self._open.removeprefix("table:"))

    def _take_text(self, said: Mapping[str, str]) -> None:
        if told := said.get("text-line-through-style") or said.get("text-line-through-type"):
            self._struck[self._open] = told != "none"
        if told := said.get("text-underline-style") or said.get("text-underline-type"):
            self._underlined[self._open] = told != "none"
        if said.get("use-window-font-color") == "true":
            self._letters[self._open] = ""
        elif told := said.get("color"):
            self._letters[self._open] = told.casefold()

    def struck(self, family: str, name: str) -> bool:
        """Tell whether a style of a family draws a line through, itself or by the one that it is made from."""
        return bool(self._told(self._struck, f"{family}:{name}", False))

    def colour(self, name: str) -> str:
        """Return the colour of a style of cells: its fill's, or its letters' where they are not plain or a link's."""
        if name not in self._colours:
            self._colours[name] = self._colour(f"table-cell:{name}")
        return self._colours[name]

    def _colour(self, key: str) -> str:
        fill = str(self._told(self._fills, key, ""))
        if fill and fill not in _WHITE:
            return fill
        letters, usual = (str(self._told(self._letters, one, "")) for one in (key, "table-cell:Default"))
        if not letters or letters in _BLACK or letters == usual or self._told(self._underlined, key, False):
            return ""
        return f"letters {letters}"

    def _told(self, said: Mapping[str, object], key: str, otherwise: object) -> object:
        """Return what a style says, itself, by the one that it is made from, or by the one of all of its family."""
        family = key.partition(":")[0]
        for _ in range(_MOST_PARENTS):
            if key in said or key not in self._parents:
                break
            key = self._parents[key]
        return said.get(key, said.get(f"{family}:", otherwise))


def plain(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return attributes without the prefixes of their names."""
    return {key.rpartition(":")[2]: value for key, value in attributes.items()}
