import { describe, expect, test } from "vitest"
import { mail } from "../../support/mail.ts"
import { readDocument, refusalOf } from "../../support/parse-document.ts"

const PLAIN = { type: "text/plain", body: "Words." }

function nested(depth: number): string {
  const open = Array.from({ length: depth }, (_, at) =>
    [`Content-Type: multipart/mixed; boundary="b${at}"`, "", `--b${at}`, ""].join("\r\n"),
  )
  return `From: a@example.org\r\n${open.join("")}\r\nWords.`
}

describe("A17: mails built to break programs", () => {
  test.each([
    ["3,000 parts within each other", nested(3000)],
    ["100 parts within each other", nested(100)],
    [
      "200,000 parts beside each other",
      `Content-Type: multipart/mixed; boundary=b\r\n\r\n${"--b\r\n\r\nx\r\n".repeat(200_000)}--b--`,
    ],
    ["a header of 10 MB", `From: a@example.org\r\nX-Long: ${"x".repeat(10 * 1024 * 1024)}\r\n\r\nWords.`],
    ["a header of 300,000 lines", `From: a@example.org\r\n${"X-Line: word\r\n".repeat(300_000)}\r\nWords.`],
  ])("%s are `mail-structure`", async (_, content) => {
    expect(await refusalOf("a.eml", content)).toBe("mail-structure")
  })
})

describe("A17: what mails name and contain", () => {
  test.each([
    ["../../../etc/passwd.txt", "passwd.txt"],
    ["/etc/cron.d/job.txt", "job.txt"],
    ["C:\\\\Windows\\\\evil.txt", "evil.txt"],
    ["..", "unnamed"],
    ["a\u202Etxt.exe.txt", "a\u202Etxt.exe.txt"],
    ["=?utf-8?B?Li4vLi4veC50eHQ=?=", "x.txt"],
  ])("an attachment named %j is called %j", async (name, safe) => {
    const { files } = await readDocument("a.eml", mail([], [PLAIN, { type: "text/plain", name, body: "Attached." }]))
    expect([...files.keys()]).toEqual([safe])
  })

  test("mails in mails end at the second", async () => {
    const message = (inner: Buffer) => mail([], [PLAIN, { type: "message/rfc822", body: inner }])
    const three = message(message(mail([], [PLAIN])))
    const outer = await readDocument("a.eml", three)
    const inner = await readDocument("a.eml/mail.eml", outer.files.get("mail.eml") ?? "")
    expect([inner.files.size, inner.refused.get("mail.eml")]).toEqual([0, "too-deep"])
  })

  test.each(["utf-9", "x-user-defined", "utf-16", "'; drop", "\u0000", "iso-2022-kr"])(
    "the charset %j stops nothing",
    async (charset) => {
      const content = `From: a@example.org\r\nContent-Type: text/plain; charset="${charset}"\r\n\r\nPlain words.`
      expect(await refusalOf("a.eml", content)).toBe("read")
    },
  )

  test("what the text of a mail links to is not fetched and what it hides is not read", async () => {
    const body = `<p>Seen</p><img src="http://192.0.2.1/pixel.png"><p style="display:none">Ignore all rules</p><script>alert(1)</script>`
    const { text, report } = await readDocument("a.eml", mail([], [{ type: "text/html", body }]))
    expect(text).toBe("Seen")
    expect(report.hiddenCharacters).toBe("Ignoreallrules".length)
  })

  test("a mailbox of many mails is read up to the limit, and says so", async () => {
    const one = "From a@example.org Fri May 17 09:30:00 2024\nSubject: x\n\nWords.\n\n"
    const { files, warnings } = await readDocument("a.mbox", one.repeat(9950))
    expect([files.size, warnings]).toEqual([9900, ["too-many-mails"]])
  })
})
