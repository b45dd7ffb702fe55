import { storedZip } from "../ingest/parse/zip-write.ts"

/** A mail of the works council with its attachment, as a mail program stores it. */
export function renderCanteenMail(): Buffer {
  const boundary = "----=_canteen_2026"
  return Buffer.from(
    [
      "From: Works council <council@example.org>",
      "To: All employees <all@example.org>",
      "Date: Tue, 12 May 2026 10:15:00 +0200",
      "Subject: The canteen closes for a new kitchen",
      "Message-ID: <canteen-2026-05@example.org>",
      "MIME-Version: 1.0",
      `Content-Type: multipart/mixed; boundary="${boundary}"`,
      "",
      `--${boundary}`,
      "Content-Type: text/plain; charset=utf-8",
      "Content-Transfer-Encoding: 8bit",
      "",
      "Hello all,",
      "",
      "the canteen stays closed from 6 to 24 July 2026 while the new kitchen is built.",
      "In these weeks a food truck stands in front of the gate from 11:30 to 13:30.",
      "",
      "The menu of the food truck is attached.",
      "",
      `--${boundary}`,
      "Content-Type: text/csv; charset=utf-8",
      'Content-Disposition: attachment; filename="food-truck-menu.csv"',
      "",
      "Day,Dish,Price EUR",
      "Monday,Potato soup,5.20",
      "Wednesday,Lentil curry,6.80",
      "Friday,Fish roll,6.40",
      "",
      `--${boundary}--`,
      "",
    ].join("\r\n"),
  )
}

/** The folder that visitors of the plant are sent, as an archive. */
export function renderVisitorFolder(): Buffer {
  const files = {
    "directions.txt":
      "How to find us\n\nVisitors park on spaces 1 to 8 in front of the gate and show an identity card at reception.\n",
    "rules-for-visitors.md":
      "# Rules for visitors\n\nPhotographs are not allowed in the test hall. Safety shoes in sizes 36 to 48 are lent at reception.\n",
  }
  return storedZip(new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])))
}
