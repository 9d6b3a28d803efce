// Opens a workbook with a reader and prints, as JSON, what it found: [[sheet, [[cell as text]]], ...].
const [reader, path] = process.argv.slice(2);

const plain = (value) => {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return "date";
  if (typeof value === "object") return "text" in value ? String(value.text) : "object";
  return String(value);
};

async function sheets() {
  if (reader === "exceljs") {
    const { Workbook } = require("exceljs");
    const book = new Workbook();
    await book.xlsx.readFile(path);
    return book.worksheets.map((sheet) => {
      const rows = [];
      sheet.eachRow((row) => rows.push(row.values.slice(1).map(plain)));
      return [sheet.name, rows];
    });
  }
  const sheetjs = require("xlsx");
  const book = sheetjs.readFile(path, { cellDates: true });
  return book.SheetNames.map((name) => [
    name,
    sheetjs.utils.sheet_to_json(book.Sheets[name], { header: 1, defval: "" }).map((row) => row.map(plain)),
  ]);
}

sheets().then((found) => console.log(JSON.stringify(found)));
