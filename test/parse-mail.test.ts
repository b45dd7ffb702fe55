import iconv from "iconv-lite"
import { describe, expect, test } from "vitest"
import { decompressRtf } from "../ingest/parse/rtf-compressed.ts"
import { mail } from "./support/mail.ts"
import { msg, uncompressedRtf } from "./support/msg.ts"
import { ole } from "./support/ole.ts"
import { readDocument, refusalOf } from "./support/parse-document.ts"
import { tnef } from "./support/tnef.ts"

const HEADERS = [
  "From: =?utf-8?Q?J=C3=BCrgen?= Maas <maas@example.org>",
  "To: Ada Park <park@example.org>, team@example.org",
  "Cc: archive@example.org",
  "Date: Fri, 17 May 2024 09:30:00 +0200",
  "Subject: =?utf-8?B?UsOkdW1l?= for the offsite",
  "Message-ID: <two@example.org>",
  "In-Reply-To: <one@example.org>",
  "References: <zero@example.org> <one@example.org>",
]
const PLAIN = { type: "text/plain; charset=utf-8", body: "We booked the lighthouse.\r\n\r\n> Where do we meet?\r\n" }
const HTML = { type: "text/html; charset=utf-8", body: "<table><tr><td>Room</td><td>12</td></tr></table>" }

describe("mailParser", () => {
  test("parse() begins with who wrote when to whom about what, and ends with the ids of the thread", async () => {
    const { title, text } = await readDocument("a.eml", mail(HEADERS, [PLAIN]))
    expect(title).toBe("Räume for the offsite")
    expect(text).toBe(
      [
        "From: Jürgen Maas <maas@example.org>",
        "To: Ada Park <park@example.org>, team@example.org",
        "Cc: archive@example.org",
        "Date: Fri, 17 May 2024 09:30:00 +0200",
        "Subject: Räume for the offsite\n",
        "We booked the lighthouse.\n",
        "> Where do we meet?\n",
        "Message-ID: <two@example.org>",
        "In-Reply-To: <one@example.org>",
        "References: <zero@example.org> <one@example.org>",
      ].join("\n"),
    )
  })

  test("parse() prefers the plain text of a mail to its HTML", async () => {
    const both = await readDocument("a.eml", mail(HEADERS, [PLAIN, HTML], "alternative"))
    expect(both.text).toContain("lighthouse")
    expect(both.text).not.toContain("Room")
  })

  test("parse() reads the HTML where there is no plain text, or one that only says so", async () => {
    expect((await readDocument("a.eml", mail(HEADERS, [HTML]))).text).toContain("\n\nRoom | 12\n\n")
    const page = { type: "text/html", body: `<p>${"A long letter. ".repeat(20)}</p>` }
    const stub = { type: "text/plain", body: "Please view this mail as HTML." }
    expect((await readDocument("a.eml", mail(HEADERS, [stub, page], "alternative"))).text).toContain("A long letter.")
  })

  test("parse() hands over what is attached, and lists it", async () => {
    const { text, files } = await readDocument(
      "a.eml",
      mail(HEADERS, [
        PLAIN,
        { type: "text/csv", name: "costs.csv", body: "a,b\n1,2\n" },
        { type: "text/csv", name: "costs.csv", body: "a,b\n3,4\n" },
        { type: "message/rfc822", body: mail(["Subject: Before"], [PLAIN]) },
      ]),
    )
    expect(text).toContain("Attachments: costs.csv, costs.csv, mail.eml")
    expect([...files.keys()]).toEqual(["costs.csv", "costs (2).csv", "mail.eml"])
    expect(files.get("costs (2).csv")?.toString()).toBe("a,b\n3,4\n")
  })

  test("parse() leaves out signatures and small pictures within the text", async () => {
    const { files } = await readDocument(
      "a.eml",
      mail(
        HEADERS,
        [
          { type: "text/html", body: '<p>Hello <img src="cid:logo"></p>' },
          { type: "image/png", body: "tiny", headers: ["Content-ID: <logo>", "Content-Disposition: inline"] },
          { type: "application/pkcs7-signature", name: "smime.p7s", body: "signed" },
        ],
        "related",
      ),
    )
    expect([...files.keys()]).toEqual([])
  })

  test("parse() unpacks winmail.dat", async () => {
    const wrapper = tnef({
      text: "Wrapped words.",
      files: [{ name: "PLAN~1.TXT", longName: "plan.txt", body: "Plan" }],
    })
    const { text, files } = await readDocument(
      "a.eml",
      mail(HEADERS, [
        { type: "text/plain", body: " " },
        { type: "application/ms-tnef", name: "winmail.dat", body: wrapper },
      ]),
    )
    expect(text).toContain("Attachments: plan.txt")
    expect(text).toContain("Wrapped words.")
    expect(files.get("plan.txt")?.toString()).toBe("Plan")
  })

  test("parse() names winmail.dat with a code where it is damaged", async () => {
    const part = { type: "application/ms-tnef", name: "winmail.dat", body: "no such thing" }
    const { files, refused } = await readDocument("a.eml", mail(HEADERS, [PLAIN, part]))
    expect([files.size, refused.get("winmail.dat")]).toEqual([0, "broken-file"])
  })

  test.each([
    ["no charset", "text/plain", "windows-1252"],
    ["a charset that is another one", "text/plain; charset=utf-8", "windows-1252"],
    ["a charset that nobody knows", "text/plain; charset=x-nobody", "windows-1252"],
    ["Cyrillic of a kind", "text/plain; charset=koi8-r", "koi8-r"],
  ])("parse() reads text with %s", async (_, type, encoding) => {
    const words =
      encoding === "koi8-r" ? "Встреча назначена на пятницу" : "Die Prüfung der Räume fällt für März größer aus"
    const head = `From: a@example.org\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n`
    const { text } = await readDocument("a.eml", Buffer.concat([Buffer.from(head), iconv.encode(words, encoding)]))
    expect(text).toContain(words)
  })

  test.each([
    ["PGP in parts", mail([], [PLAIN, PLAIN], 'encrypted; protocol="application/pgp-encrypted"')],
    ["PGP in the text", mail([], [{ type: "text/plain", body: PGP() }])],
    ["S/MIME", mail([], [{ type: "application/pkcs7-mime; smime-type=enveloped-data", body: "secret" }])],
  ])("parse() refuses a mail encrypted with %s", async (_, bytes) => {
    expect(await refusalOf("a.eml", bytes)).toBe("encrypted")
  })

  test("parse() warns of a mail without any text", async () => {
    expect(await readDocument("a.eml", "\n\n")).toMatchObject({ text: "", warnings: ["no-text"] })
  })
})

function PGP(): string {
  return "-----BEGIN PGP MESSAGE-----\n\nhIwDY32hYGCE8MkBA\n-----END PGP MESSAGE-----\n"
}

describe("mailboxParser", () => {
  const box = [
    "From maas@example.org Fri May 17 09:30:00 2024",
    "From: Maas <maas@example.org>",
    "Date: Fri, 17 May 2024 09:30:00 +0200",
    "Subject: Offsite: rooms/beds",
    "",
    "First body.",
    ">From here on it is quoted.",
    "",
    "From a distance, this line begins nothing.",
    "",
    "From park@example.org Sat May 18 10:00:00 2024",
    "Subject: Offsite: rooms/beds",
    "",
    "Second body.",
    "",
  ].join("\n")

  test("parse() lists the mails and hands each over", async () => {
    const { text, files } = await readDocument("inbox.mbox", box)
    expect(text).toBe("2024-05-17 | Maas <maas@example.org> | Offsite: rooms/beds\nOffsite: rooms/beds")
    expect([...files.keys()]).toEqual(["2024-05-17 Offsite rooms beds.eml", "Offsite rooms beds.eml"])
    const [first, second] = [...files].map(([, bytes]) => bytes.toString())
    expect(first).toContain("\nFrom here on it is quoted.\n\nFrom a distance")
    expect(second).toBe("Subject: Offsite: rooms/beds\n\nSecond body.\n")
  })

  test("parse() reads one with Windows line ends", async () => {
    expect((await readDocument("inbox.mbox", box.replaceAll("\n", "\r\n"))).files.size).toBe(2)
  })

  test("parse() refuses a file that holds no mail", async () => {
    expect(await refusalOf("inbox.mbox", "Just words.\n")).toBe("broken-file")
  })
})

describe("msgParser", () => {
  test("parse() reads header, text and attachments of an item", async () => {
    const { title, text, files } = await readDocument(
      "a.msg",
      msg({
        subject: "Tide table",
        senderName: "Jürgen Maas",
        senderAddress: "maas@example.org",
        body: "High water at noon.",
        attachments: [{ name: "tides.csv", body: "a,b\n1,2\n" }],
      }),
    )
    expect(title).toBe("Tide table")
    expect(text).toContain("From: Jürgen Maas <maas@example.org>\nSubject: Tide table\nAttachments: tides.csv")
    expect(text).toContain("High water at noon.")
    expect(files.get("tides.csv")?.toString()).toBe("a,b\n1,2\n")
  })

  test("parse() reads the formatted text where there is no plain one", async () => {
    const rtf = "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}}High w\\'e4ter\\par at \\u8364?5}"
    const { text } = await readDocument("a.msg", msg({ subject: "Tides", rtf: uncompressedRtf(rtf) }))
    expect(text).toContain("High wäter\nat €5")
  })

  test("parse() takes the HTML out of formatted text that was made of it", async () => {
    const rtf =
      "{\\rtf1\\ansi\\fromhtml1 {\\*\\htmltag64 <p>}\\htmlrtf {\\f0 \\htmlrtf0 Low water{\\*\\htmltag <b>}\\htmlrtf hidden\\htmlrtf0 {\\*\\htmltag72 </b></p>}}"
    const { text } = await readDocument("a.msg", msg({ subject: "Tides", rtf: uncompressedRtf(rtf) }))
    expect(text).toBe("Subject: Tides\n\nLow water")
  })

  test("parse() refuses an item that is encrypted, and bytes that are none", async () => {
    expect(await refusalOf("a.msg", msg({ subject: "x", messageClass: "IPM.Note.SMIME" }))).toBe("encrypted")
    expect(await refusalOf("a.msg", ole(["WordDocument"]))).toBe("broken-file")
    expect(await refusalOf("a.msg", msg({ subject: "x", body: "y" }).subarray(0, 600))).toMatch(/^broken-file$/)
  })
})

describe("decompressRtf()", () => {
  test("gives what MS-OXRTFCP states for its two examples", () => {
    const simple =
      "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232" + "0af32068656c090020627705b06c647d0a800fa0"
    const crossing = "1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0"
    expect(decompressRtf(Buffer.from(simple, "hex"))?.toString()).toBe(
      "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n",
    )
    expect(decompressRtf(Buffer.from(crossing, "hex"))?.toString()).toBe("{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}")
  })

  test("gives nothing for a size that cannot be", () => {
    const lie = Buffer.from("1a000000ffffff7f4c5a4675e2d44b51410004205758595a0d6e7d010eb0", "hex")
    expect(decompressRtf(lie)).toBeUndefined()
  })
})
