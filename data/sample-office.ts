import { odt, pptx } from "../test/support/office.ts"

/** `sales/dealer-day-2026.pptx`: slides with a list, a table and notes. */
export function renderDealerDay(): Buffer {
  return pptx(
    [
      {
        title: "Dealer day 2026",
        body: [
          "The dealer day takes place on 17 September 2026 in the training hall in Ahrenfeld.",
          "Each dealer may bring two technicians.",
        ],
      },
      {
        title: "Dealer refund",
        table: [
          ["Dealer orders a year", "Dealer refund"],
          ["up to 50,000 EUR", "1.5 %"],
          ["up to 120,000 EUR", "2.5 %"],
          ["above 120,000 EUR", "4 %"],
        ],
        notes: "The dealer refund is paid out in February of the following year.",
      },
      {
        title: "Demonstration",
        body: ["The demonstration rig for the suction test travels in crate D-7.", "Setting it up takes 40 minutes."],
      },
    ],
    { title: "Dealer day 2026" },
  )
}

/** `operations/winter-storage.odt`: headings, a list and a table. */
export function renderWinterStorage(): Buffer {
  const heading = (text: string): string => `<text:h text:outline-level="2">${text}</text:h>`
  const paragraph = (text: string): string => `<text:p>${text}</text:p>`
  const list = (items: readonly string[]): string =>
    `<text:list>${items.map((text) => `<text:list-item>${paragraph(text)}</text:list-item>`).join("")}</text:list>`
  const row = (cells: readonly string[]): string =>
    `<table:table-row>${cells.map((text) => `<table:table-cell>${paragraph(text)}</table:table-cell>`).join("")}</table:table-row>`
  return odt(
    [
      '<text:h text:outline-level="1">Storing pumps in the unheated hall</text:h>',
      paragraph(
        "From November to March the hall behind the loading ramp is not heated. Pumps stored there can freeze.",
      ),
      heading("Before a pump goes into the unheated hall"),
      list([
        "Drain the housing and turn the shaft ten times by hand.",
        "Fill the seal chamber with half a litre of glycol.",
        "Close both flanges with blue caps.",
      ]),
      heading("Inspection rounds"),
      `<table:table>${row(["Outside temperature", "Round of the unheated hall"])}${row(["above -5 °C", "once a week"])}${row(["-5 °C or below", "every morning"])}</table:table>`,
    ].join(""),
    { title: "Storing pumps in the unheated hall" },
  )
}

/** `operations/test-hall-tours.rtf`, in Windows-1252. */
export function renderTourRules(): Buffer {
  const heading = (text: string): string => `\\pard\\s1 ${text}\\par\r\n`
  const paragraph = (text: string): string => `\\pard ${text}\\par\r\n`
  return Buffer.from(
    "{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fswiss\\fcharset0 Arial;}}" +
      "{\\stylesheet{\\s0 Normal;}{\\s1\\outlinelevel0 heading 1;}}{\\info{\\title Tours of the test hall}}\r\n" +
      heading("Tours of the test hall") +
      paragraph("Groups on a tour of the test hall have at most eight people.") +
      paragraph("Guests wear a yellow helmet; guides wear a white one.") +
      heading("Photographs") +
      paragraph("Guests may take photographs at the glazed gallery only. The caf\\'e9 beside it is open to them.") +
      "}",
    "latin1",
  )
}
