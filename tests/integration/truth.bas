REM What a person does to a sheet in LibreOffice: sorts it by a column, filters it, counts it in a pivot, saves it.

Function Opened(source As String) As Object
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = "Hidden"
  hidden(0).Value = True
  Opened = StarDesktop.loadComponentFromURL(source, "_blank", 0, hidden())
End Function

Sub Kept(book As Object, target As String)
  Dim kind(0) As New com.sun.star.beans.PropertyValue
  kind(0).Name = "FilterName"
  kind(0).Value = "Calc MS Excel 2007 XML"
  book.storeToURL(target, kind())
  book.close(True)
End Sub

Function Rows(sheet As Object) As Object
  Dim cursor As Object, last As Long, wide As Long
  cursor = sheet.createCursor()
  cursor.gotoEndOfUsedArea(False)
  wide = cursor.RangeAddress.EndColumn
  Do While sheet.getCellByPosition(wide, 0).String = ""
    wide = wide - 1
  Loop
  last = 0
  Do While sheet.getCellByPosition(0, last + 1).String <> ""
    last = last + 1
  Loop
  Rows = sheet.getCellRangeByPosition(0, 0, wide, last)
End Function

Function Column(sheet As Object, head As String) As Long
  Dim place As Long
  Do Until sheet.getCellByPosition(place, 0).String = head
    place = place + 1
  Loop
  Column = place
End Function

Sub Sort(sheet As Object, head As String)
  Dim by(0) As New com.sun.star.table.TableSortField, how(1) As New com.sun.star.beans.PropertyValue
  by(0).Field = Column(sheet, head)
  by(0).IsAscending = False
  how(0).Name = "SortFields"
  how(0).Value = by()
  how(1).Name = "ContainsHeader"
  how(1).Value = True
  Rows(sheet).sort(how())
End Sub

Sub Pivot(book As Object, sheet As Object, head As String)
  Dim where As Object, pilots As Object, how As Object, field As Object
  book.Sheets.insertNewByName("Pivot", book.Sheets.Count)
  where = book.Sheets.getByName("Pivot")
  pilots = where.getDataPilotTables()
  how = pilots.createDataPilotDescriptor()
  how.setSourceRange(Rows(sheet).RangeAddress)
  field = how.DataPilotFields.getByIndex(Column(sheet, head))
  field.Orientation = com.sun.star.sheet.DataPilotFieldOrientation.ROW
  field = how.DataPilotFields.getByIndex(0)
  field.Orientation = com.sun.star.sheet.DataPilotFieldOrientation.DATA
  field.Function = com.sun.star.sheet.GeneralFunction.COUNT
  pilots.insertNewByName("Truth", where.getCellByPosition(0, 0).CellAddress, how)
End Sub

Sub Filter(sheet As Object, head As String, word As String)
  Dim wanted(0) As New com.sun.star.sheet.TableFilterField, area As Object, how As Object
  area = Rows(sheet)
  wanted(0).Field = Column(sheet, head)
  wanted(0).Operator = com.sun.star.sheet.FilterOperator.EQUAL
  wanted(0).IsNumeric = False
  wanted(0).StringValue = word
  how = area.createFilterDescriptor(True)
  how.ContainsHeader = True
  how.setFilterFields(wanted())
  area.filter(how)
End Sub

Sub Made(source As String, target As String, name As String, head As String)
  Dim book As Object
  book = Opened(source)
  Pivot(book, book.Sheets.getByName(name), head)
  Kept(book, target)
End Sub

Sub Sorted(source As String, target As String, name As String, head As String, word As String)
  Dim book As Object, sheet As Object, tables As Object, place As Long
  book = Opened(source)
  sheet = book.Sheets.getByName(name)
  Sort(sheet, head)
  If book.Sheets.hasByName("Pivot") Then
    tables = book.Sheets.getByName("Pivot").getDataPilotTables()
    For place = 0 To tables.Count - 1
      tables.getByIndex(place).refresh()
    Next
  Else
    Pivot(book, sheet, head)
  End If
  Filter(sheet, head, word)
  Kept(book, target)
End Sub
