import { describe, expect, test } from "vitest"
import { readDocument, refusalOf } from "./support/parse-document.ts"

describe("jsonParser", () => {
  test("parse() gives the values of an object with the way to each", async () => {
    const { title, text } = await readDocument(
      "a.json",
      JSON.stringify({ name: "Tide service", port: 8080, tags: ["sea", "time"], store: { path: "/srv", on: true } }),
    )
    expect(title).toBe("Tide service")
    expect(text).toBe("name: Tide service\nport: 8080\ntags: sea, time\n\nstore.path: /srv\nstore.on: true")
  })

  test("parse() gives each record of a list as a row", async () => {
    const { text, blocks } = await readDocument(
      "a.json",
      JSON.stringify({
        items: [
          { name: "Buoy", price: { eur: 12 } },
          { name: "Rope", price: { eur: 3 } },
        ],
      }),
    )
    expect(text).toBe("items: name: Buoy; price.eur: 12\nitems: name: Rope; price.eur: 3")
    expect(blocks.map(({ type, row }) => [type, row])).toEqual([
      ["table", 1],
      ["table", 2],
    ])
  })

  test("parse() gives a long record as a paragraph", async () => {
    const note = "The tide turns. ".repeat(50).trim()
    const { blocks, text } = await readDocument("a.json", JSON.stringify([{ id: 7, note }]))
    expect(blocks).toHaveLength(1)
    expect(text).toBe(`id: 7\nnote: ${note}`)
  })

  test("parse() cuts long lists of numbers", async () => {
    const { text } = await readDocument("a.json", JSON.stringify({ line: Array.from({ length: 1000 }, (_, n) => n) }))
    expect(text).toMatch(/^line: 0, 1, 2, .* 19, … \(1000\)$/)
  })

  test("parse() reads one value a line, and keeps a line that is none", async () => {
    const { text, warnings } = await readDocument("a.jsonl", '{"a":1,"b":"x"}\n\n{"a":2}\nnot so\n')
    expect(text).toBe("a: 1; b: x\na: 2\n\nnot so")
    expect(warnings).toEqual(["not-json"])
  })

  test("parse() reads values one a line under the name of a single one", async () => {
    expect((await readDocument("a.json", '{"a":1}\n{"a":2}\n')).text).toBe("a: 1\na: 2")
  })

  test("parse() keeps what is no JSON as it stands, and says so", async () => {
    const source = '{\n  // the port\n  "port": 8080,\n}'
    expect(await readDocument("tsconfig.json", source)).toMatchObject({ text: source, warnings: ["not-json"] })
  })

  test("parse() refuses lists in lists without end", async () => {
    expect(await refusalOf("a.json", `${"[".repeat(100_000)}1${"]".repeat(100_000)}`)).toBe("too-deep")
    expect(await refusalOf("a.json", JSON.stringify({ text: "[".repeat(1000) }))).toBe("read")
  })
})

describe("notebookParser", () => {
  const cells = [
    { cell_type: "markdown", source: ["# Tides\n", "\n", "A **first** look."] },
    {
      cell_type: "code",
      source: "height = 3\nprint(height)",
      outputs: [
        { output_type: "stream", text: ["\u001B[31m3\u001B[0m\n"] },
        { output_type: "execute_result", data: { "text/plain": "array([1, 2])", "image/png": "AAAA" } },
        { output_type: "error", ename: "ValueError", evalue: "too low" },
      ],
    },
    { cell_type: "raw", source: "As it is." },
  ]

  test("parse() reads Markdown, code and what the code has printed", async () => {
    const { title, text, blocks } = await readDocument("a.ipynb", JSON.stringify({ cells, nbformat: 4 }))
    expect(title).toBe("Tides")
    expect(text).toBe(
      "Tides\n\nA first look.\n\nheight = 3\nprint(height)\n\n3\n\narray([1, 2])\n\nValueError: too low\n\nAs it is.",
    )
    expect(blocks.map(({ type }) => type)).toEqual([
      "heading",
      "paragraph",
      "code",
      "code",
      "code",
      "code",
      "paragraph",
    ])
  })

  test("parse() reads notebooks of version 3", async () => {
    const old = [
      { cell_type: "heading", level: 2, source: ["Depth"] },
      { cell_type: "code", input: ["x = 1"] },
    ]
    expect((await readDocument("a.ipynb", JSON.stringify({ worksheets: [{ cells: old }] }))).text).toBe(
      "Depth\n\nx = 1",
    )
  })

  test("parse() cuts what a cell has printed without end", async () => {
    const outputs = [{ output_type: "stream", text: "epoch\n".repeat(10_000) }]
    const { text, warnings } = await readDocument(
      "a.ipynb",
      JSON.stringify({ cells: [{ cell_type: "code", source: "train()", outputs }] }),
    )
    expect(text.length).toBeLessThan(5000)
    expect(warnings).toEqual(["output-cut"])
  })

  test("parse() refuses what is no notebook", async () => {
    expect(await refusalOf("a.ipynb", '{"a":1}')).toBe("broken-file")
    expect(await refusalOf("a.ipynb", "words")).toBe("broken-file")
  })
})
