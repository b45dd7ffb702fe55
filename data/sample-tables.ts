import { openTable, sheetData, spreadsheet, workbook } from "../test/support/workbook.ts"

/** Days since 1899-12-30, as workbooks count them. */
function day(date: string): { readonly value: number; readonly style: 1 } {
  return { value: (Date.parse(date) - Date.UTC(1899, 11, 30)) / 86_400_000, style: 1 }
}

/** `finance/budget-2026.xlsx`: two sheets, dates and amounts in formats of their own. */
export function renderBudget(): Buffer {
  const money = (value: number) => ({ value, style: 2 })
  return workbook(
    [
      {
        name: "Cost centres",
        xml: sheetData([
          ["Cost centre", "Owner", "Budget 2026 EUR", "Spent by June EUR"],
          ["4100 Assembly", "Tomasz Wilk", money(412_000), money(198_350.5)],
          ["4200 Test bench", "Ines Kaya", money(86_500), money(51_220)],
          ["4300 Warehouse", "Petra Lund", money(143_000), money(69_874.25)],
          ["5100 Marketing", "Jonas Brandt", money(97_000), money(60_410)],
        ]),
      },
      {
        name: "Investments",
        xml: sheetData([
          ["Investment", "Approved on", "Amount EUR", "Depreciation years"],
          ["Laser marking cell", day("2026-01-19"), money(64_800), 8],
          ["Forklift, electric", day("2026-03-02"), money(38_900), 6],
          ["Climate chamber", day("2026-05-11"), money(27_450), 10],
        ]),
      },
    ],
    { formats: ["dd.mm.yyyy", "#,##0.00"], title: "Budget 2026 by cost centre" },
  )
}

/** `it/meeting-room-equipment.ods`. */
export function renderRooms(): Buffer {
  return spreadsheet(
    openTable("Rooms", [
      ["Room", "Seats", "Screen", "Camera", "Booked through"],
      ["Elbe", 12, "86 inch", "ceiling camera", "calendar"],
      ["Weser", 6, "65 inch", "table camera", "calendar"],
      ["Fulda", 4, "none", "none", "reception"],
    ]),
    { title: "Equipment of the meeting rooms" },
  )
}
