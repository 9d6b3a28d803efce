"""The charts of a workbook: native to Excel, with their figures in the sheet, and described for a screen reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.data_source import AxDataSource, NumData, NumDataSource, NumRef, NumVal, StrData, StrRef, StrVal
from openpyxl.chart.label import DataLabel, DataLabelList
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.marker import DataPoint, Marker
from openpyxl.chart.series import Series, SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.drawing.text import (
    CharacterProperties,
    Font,
    Paragraph,
    ParagraphProperties,
    RegularTextRun,
    RichTextProperties,
)
from openpyxl.utils.datetime import to_excel

from outreach.reports.excel import style


@dataclass(frozen=True, slots=True)
class Figures:
    """A block of figures in a sheet: names down its left side, a heading above each column of numbers."""

    sheet: Any
    row: int
    """The row of the headings; names and numbers begin in the row below."""
    column: int
    """The column of the names; numbers begin in the one to its right."""
    names: Sequence[str] | Sequence[date]
    headings: Sequence[str]
    numbers: Sequence[Sequence[int]]
    """For each heading the number of each name."""
    first_number: int = 0
    """The column of the first numbers, where it is not the one beside the names."""


@dataclass(frozen=True, slots=True)
class CellRange:
    """The cells that a chart covers, first and last, counted from 1."""

    row: int
    column: int
    last_row: int
    last_column: int
    gap: int = 0
    """The space left of it within its first cell, in EMU (360,000 to the cm)."""


class _DescribedAnchor(TwoCellAnchor):
    """An anchor that gives its chart a name and a description; openpyxl has no place for them."""

    __attrs__ = TwoCellAnchor.__attrs__
    __elements__ = TwoCellAnchor.__elements__

    def __init__(self, place: CellRange, title: str, description: str) -> None:
        super().__init__(
            editAs="oneCell",
            _from=AnchorMarker(col=place.column - 1, colOff=place.gap, row=place.row - 1),
            to=AnchorMarker(col=place.last_column, row=place.last_row),
        )
        self._title = title
        self._description = description

    def to_tree(self, *args: Any, **named: Any) -> Any:
        """Describe the frame, which exists from the moment of saving only."""
        frame: Any = self.graphicFrame
        about = frame.nvGraphicFramePr.cNvPr
        about.name = about.title = self._title
        about.descr = self._description
        return super().to_tree(*args, **named)


def add_bars(
    figures: Figures, place: CellRange, title: str, description: str, colours: Sequence[str], *, stacked: bool,
    quiet: int = 0,
) -> None:  # fmt: skip
    """Add a chart of lying bars, one a name from top to bottom; stacked, or one series alone.

    Of one series alone the name at the place `quiet` tells what is not known: it must not outshine the rest.
    """
    chart: Any = BarChart()
    chart.type = "bar"
    chart.grouping = "stacked" if stacked else "clustered"
    chart.overlap = 100 if stacked else None
    chart.gapWidth = 45
    chart.title = _title(title)
    chart.title.overlay = False
    chart.legend.position = "b"
    chart.legend.txPr = _text(style.INK)
    if not stacked:
        chart.legend = None
    for number, colour in enumerate(colours):
        chart.series.append(_series(figures, number, colour, dark=stacked and style.is_dark(colour)))
    if not stacked:
        chart.series[0].dPt = [
            DataPoint(idx=quiet, invertIfNegative=False, spPr=GraphicalProperties(solidFill=style.SHADES[0]))
        ]
    _set_axes(chart)
    chart.graphical_properties = GraphicalProperties(ln=LineProperties(solidFill=style.RULE))
    chart.roundedCorners = False
    chart.anchor = _DescribedAnchor(place, title, description)
    figures.sheet.add_chart(chart)


def add_lines(
    figures: Figures, place: CellRange, title: str, description: str, colours: Sequence[str], days: str
) -> None:
    """Add a chart of lines, one a heading, over days from left to right.

    `days` is the number format of the days. Each line also has a mark of its own.
    """
    chart: Any = LineChart()
    chart.title = _title(title)
    chart.title.overlay = False
    chart.legend.position = "b"
    chart.legend.txPr = _text(style.INK)
    marks: tuple[Any, ...] = ("circle", "square", "triangle")
    for number, (colour, mark) in enumerate(zip(colours, marks, strict=False)):
        series = _series(figures, number, colour, dark=False, days=days)
        series.spPr = GraphicalProperties(ln=LineProperties(solidFill=colour, w=28_575))
        series.marker = Marker(symbol=mark, size=6, spPr=GraphicalProperties(solidFill=colour))
        series.dLbls = None
        series.invertIfNegative = None
        series.smooth = False
        chart.series.append(series)
    chart.x_axis.delete = False
    chart.x_axis.txPr = _text(style.INK)
    chart.x_axis.number_format = days
    chart.x_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=style.RULE))
    chart.y_axis.delete = False
    chart.y_axis.txPr = _text(style.MUTED)
    chart.y_axis.scaling.min = 0
    chart.y_axis.majorUnit = None
    chart.y_axis.number_format = "0"
    chart.y_axis.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill=style.RULE))
    chart.y_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(noFill=True))
    chart.graphical_properties = GraphicalProperties(ln=LineProperties(solidFill=style.RULE))
    chart.roundedCorners = False
    chart.anchor = _DescribedAnchor(place, title, description)
    figures.sheet.add_chart(chart)


def _series(figures: Figures, number: int, colour: str, *, dark: bool, days: str = "") -> Any:
    """Return one series with its figures beside their address, for viewers that do not look them up."""
    first, last = figures.row + 1, figures.row + len(figures.names)
    column = (figures.first_number or figures.column + 1) + number
    numbers = figures.numbers[number]
    names = Reference(figures.sheet, min_col=figures.column, min_row=first, max_row=last)
    values = Reference(figures.sheet, min_col=column, min_row=first, max_row=last)
    heading = Reference(figures.sheet, min_col=column, min_row=figures.row)
    series: Any = Series(idx=number, order=number)
    series.tx = SeriesLabel(strRef=_strings(heading, [figures.headings[number]]))
    series.cat = _categories(names, figures.names, days)
    points = [NumVal(idx=index, v=str(value)) for index, value in enumerate(numbers)]
    cache = NumData(formatCode="General", ptCount=len(points), pt=points)
    series.val = NumDataSource(numRef=NumRef(f=str(values), numCache=cache))
    series.spPr = GraphicalProperties(solidFill=colour)
    series.invertIfNegative = False
    shown = {"showSerName": False, "showCatName": False, "showLegendKey": False, "showPercent": False}
    unlabelled = [DataLabel(idx=index, showVal=False, **shown) for index, value in enumerate(numbers) if not value]
    series.dLbls = DataLabelList(dLbl=unlabelled, showVal=True, txPr=_text("FFFFFF" if dark else style.INK), **shown)
    return series


def _categories(reference: Reference, names: Sequence[str] | Sequence[date], days: str) -> AxDataSource:
    if not any(isinstance(name, date) for name in names):
        return AxDataSource(strRef=_strings(reference, [str(name) for name in names]))
    points = [NumVal(idx=index, v=str(_serial(name))) for index, name in enumerate(names)]
    cache = NumData(formatCode=days, ptCount=len(points), pt=points)
    return AxDataSource(numRef=NumRef(f=str(reference), numCache=cache))


def _serial(day: object) -> int:
    """Return a day as a workbook counts them (ECMA-376, 18.17.4.1: from 1900)."""
    return int(to_excel(day))  # type: ignore[no-untyped-call]


def _strings(reference: Reference, values: Sequence[str]) -> StrRef:
    points = [StrVal(idx=index, v=value) for index, value in enumerate(values)]
    return StrRef(f=str(reference), strCache=StrData(ptCount=len(points), pt=points))


def _set_axes(chart: Any) -> None:
    # A bar chart that lies counts its names from the bottom: turned round, the first stands on top.
    chart.x_axis.scaling.orientation = "maxMin"
    chart.x_axis.delete = False
    chart.x_axis.txPr = _text(style.INK)
    chart.x_axis.majorTickMark = "none"
    chart.x_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=style.RULE))
    # The bars carry their numbers: an axis of numbers and its lines would say them twice.
    chart.y_axis.delete = True
    chart.y_axis.majorGridlines = None
    chart.y_axis.scaling.min = 0


def _title(text: str) -> Any:
    look = CharacterProperties(sz=1200, b=True, solidFill=style.INK, latin=Font(typeface="Calibri"))
    run = RegularTextRun(rPr=look, t=text)
    title: Any = Title(layout=Layout(manualLayout=ManualLayout(xMode="edge", yMode="edge", x=0.02, y=0.03)))
    title.tx = _rich(Paragraph(pPr=ParagraphProperties(defRPr=look), r=[run]))
    return title


def _rich(paragraph: Paragraph) -> Any:
    return Text(rich=RichText(bodyPr=RichTextProperties(), p=[paragraph]))


def _text(colour: str) -> RichText:
    look = CharacterProperties(sz=1000, solidFill=colour, latin=Font(typeface="Calibri"))
    paragraph = Paragraph(pPr=ParagraphProperties(defRPr=look), endParaRPr=look)
    return RichText(bodyPr=RichTextProperties(), p=[paragraph])
