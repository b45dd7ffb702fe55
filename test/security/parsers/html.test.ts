import { createServer } from "node:net"
import { describe, expect, onTestFinished, test } from "vitest"
import { parserChild } from "../../support/parse-child.ts"
import { refusalOf } from "../../support/parse-document.ts"

const parse = parserChild()

describe("A15: pages that nest", () => {
  test.each([
    ["divisions", `${"<div>".repeat(50_000)}deep${"</div>".repeat(50_000)}`],
    ["divisions that never end", "<div>".repeat(50_000)],
    ["tables", `${"<table><tr><td>".repeat(20_000)}deep`],
    ["links", "<a><b>".repeat(50_000)],
  ])("50,000 %s within each other are `too-deep`", async (_, body) => {
    const outcome = await parse("a.html", `<!doctype html><body>${body}</body>`)
    expect(outcome.code).toBe("too-deep")
  })

  test.each([
    ["quotes", ">".repeat(50_000)],
    ["items", "- ".repeat(50_000)],
    ["numbered items in quotes", "> 1. ".repeat(20_000)],
  ])("50,000 %s within each other are `too-deep` in Markdown", async (_, marks) => {
    expect(await refusalOf("a.md", `Words.\n\n${marks}deep`)).toBe("too-deep")
  })

  test("a row of dashes in Markdown is a line", async () => {
    expect(await refusalOf("a.md", `Words.\n\n${"- ".repeat(500)}\n\nMore.`)).toBe("read")
  })

  test.each([
    ["tags without an end", "<a href='x' ".repeat(100_000)],
    ["comments without an end", "<!-- x ".repeat(100_000)],
    ["angle brackets", "<".repeat(50_000)],
    ["entities without an end", "&amp".repeat(20_000)],
    ["attributes", `<p ${Array.from({ length: 20_000 }, (_, index) => `a${index}=1`).join(" ")}>x</p>`],
  ])("%s are read within the limits", async (_, body) => {
    const outcome = await parse("a.html", `<!doctype html><body>Words. ${body}`)
    expect(outcome.code).toBe("read")
  })
})

describe("A16: pages that ask for the network", () => {
  test("nothing is fetched, and only the text is read", async () => {
    let connections = 0
    const server = createServer((socket) => {
      connections++
      socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    const at = `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}`
    const { parsed } = await parse(
      "a.html",
      `<!doctype html><html><head><base href="${at}/"><title>Tides</title>
      <meta http-equiv="refresh" content="0;url=${at}/refresh"><link rel="stylesheet" href="${at}/a.css">
      <style>@import url(${at}/b.css); p { background: url(${at}/c.png) }</style>
      <script src="${at}/a.js"></script><script>fetch("${at}/script"); document.write("written")</script></head>
      <body onload="fetch('${at}/onload')"><p>High water at noon.</p>
      <iframe src="${at}/frame">framed</iframe><img src="${at}/a.png" alt="A pier">
      <svg onload="fetch('${at}/svg')"><image href="${at}/b.png"/></svg>
      <form action="${at}/form"><input value="typed"><button>Send</button></form>
      <video src="${at}/a.mp4"></video><object data="${at}/a.swf">object</object></body></html>`,
    )
    expect(parsed?.document).toMatchObject({ title: "Tides", text: "High water at noon.\n\nA pier" })
    expect(connections).toBe(0)
  })
})
