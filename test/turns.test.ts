import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Answer, DocumentId, Principal } from "../src/core/types.ts"
import { type AnsweringBase, openAnsweringBase } from "./support/answering-base.ts"
import { makeTemporaryFolder } from "./support/folder.ts"
import { ADMIN } from "./support/knowledge-base.ts"

const ANNA: Principal = { id: "anna", kind: "key", role: "reader", collections: "all" }
const BEN: Principal = { id: "ben", kind: "key", role: "reader", collections: "all" }

const FIRST = "Which form does a crane permit need?"
/** Stands on its own by its words, and means the permit. */
const NEXT = "Which officer signs within nine days?"
const SIGNED = "The officer signs within nine days."
const FORM = "A crane permit needs the yellow form."
const FILLING = Array.from(
  { length: 24 },
  (_, number) =>
    `Clause ${number} describes loads, ropes, hooks and weather${number} of lifting gear${number} in yards${number}.`,
)
/** More than either arm returns, each with all words of NEXT, none with the answer. */
const OTHERS = 60

const folder = makeTemporaryFolder()
let base: AnsweringBase
beforeAll(async () => {
  base = await openAnsweringBase(folder.path)
  const more = join(folder.path, "more")
  mkdirSync(more)
  writeFileSync(join(more, "crane.md"), `# Lifting\n\n${[FORM, ...FILLING, SIGNED].join(" ")}\n`)
  for (let number = 0; number < OTHERS; number++) {
    const text = `Officer officer canteen${number}. Signs signs corridor${number}. Nine nine tables${number}. Days days within garden${number}.`
    writeFileSync(join(more, `other-${number}.md`), `# Notice ${number}\n\n${text}\n`)
  }
  await base.ingest(more)
}, 120_000)
afterAll(async () => {
  await base.kb.dispose()
  folder.remove()
})

let conversations = 0
const newConversation = () => `c${++conversations}`
const turn = (question: string, conversationId: string, principal = ANNA) =>
  base.ask({ question, conversationId, generate: false }, principal)
/** The base lists a page of documents at a time. */
const idOf = async (path: string): Promise<DocumentId> => {
  const found = await base.ask({ question: path === "crane.md" ? FIRST : "paid leave", generate: false })
  const id = found.passages.find((passage) => passage.path === path)?.documentId
  if (id === undefined) throw new RangeError(`There is no ${path}`)
  return id
}
const pathsOf = (given: Answer) => [...new Set(given.passages.map(({ path }) => path))]
const placeOf = ({ documentId, revision, start, end, quote }: Answer["citations"][number]) => ({
  ...{ documentId, revision, start, end, quote },
})

describe("answer() in a conversation", () => {
  test("doesn't find a passage by itself that better hits crowd out", async () => {
    expect(pathsOf(await turn(NEXT, newConversation()))).not.toContain("crane.md")
  })

  test("answers from a document that the turn before cited", async () => {
    const conversation = newConversation()
    expect((await turn(FIRST, conversation)).citations[0]).toMatchObject({ path: "crane.md", quote: FORM })
    const given = await turn(NEXT, conversation)
    expect(given.question).toBe(NEXT)
    expect(given.citations[0]).toMatchObject({ path: "crane.md", quote: SIGNED, verified: true })
  })

  test("needs no more than the completed question where that has the subject", async () => {
    const history = ["How many weeks of paid leave do parents get?"]
    const given = await base.ask({ question: "How many weeks is it?", history, generate: false }, ANNA)
    expect(given.citations[0]).toMatchObject({ path: "leave.md" })
  })

  test("displaces nothing that is read: what resembles another question less is read behind the first five", async () => {
    const other = "How many newton metres are the housing bolts of the pump tightened to?"
    const conversation = newConversation()
    await turn(FIRST, conversation)
    const [within, alone] = [await turn(other, conversation), await turn(other, newConversation())]
    expect(within.passages.slice(0, 5)).toEqual(alone.passages.slice(0, 5))
    expect(within.text).toBe(alone.text)
    const { trace } = await base.kb.getAnswer(within.id, { principal: ANNA })
    expect(trace.passages[5]).toMatchObject({ documentId: await idOf("crane.md"), rank: 6, isRead: true })
    expect(trace.passages[6]).toMatchObject({ rank: 7, isRead: false })
  })

  test("gives a quote the same document, revision and range in every turn, whatever its number", async () => {
    const conversation = newConversation()
    const [first] = (await turn(FIRST, conversation)).citations
    await turn(NEXT, conversation)
    const again = (await turn(FIRST, conversation)).citations.find(({ quote }) => quote === FORM)
    expect(first === undefined || again === undefined ? undefined : placeOf(again)).toEqual(first && placeOf(first))
  })

  test("keeps in the receipt which documents came from earlier turns, so that a replay gives the same text", async () => {
    const conversation = newConversation()
    await turn(FIRST, conversation)
    const { id } = await turn(NEXT, conversation)
    const { request, trace } = await base.kb.getAnswer(id, { principal: ANNA })
    const crane = await idOf("crane.md")
    expect(request.earlierDocuments).toContain(crane)
    expect(trace.candidates.find(({ chunkId }) => chunkId.startsWith(crane))?.passage).toEqual(expect.any(Number))
    expect(await base.kb.replayAnswer(id, { principal: ANNA })).toMatchObject({ isSameText: true, changes: [] })
  })

  test("takes nothing from another principal's conversation of the same name, an administrator's neither", async () => {
    const conversation = newConversation()
    await turn(FIRST, conversation)
    for (const principal of [BEN, ADMIN])
      expect(pathsOf(await turn(NEXT, conversation, principal))).not.toContain("crane.md")
  })

  test("takes nothing that the question leaves out or that its asker may not read any more", async () => {
    const conversation = newConversation()
    await turn(FIRST, conversation)
    const filters = { documentIds: [await idOf("leave.md")] }
    const filtered = await base.ask({ question: NEXT, conversationId: conversation, filters, generate: false }, ANNA)
    expect(pathsOf(filtered)).toEqual(["leave.md"])
    const excluding = await turn(`${NEXT.slice(0, -1)} -"within nine"`, conversation)
    expect(excluding.passages.map(({ text }) => text).join("\n")).not.toContain("within nine")
    expect(pathsOf(await turn(NEXT, conversation, { ...ANNA, collections: [] }))).toEqual([])
  })

  test("leaves out what a follow-up excludes, and searches for no word of it", async () => {
    const conversation = newConversation()
    await turn("How many days of holidays do employees get in France? -notice", conversation)
    const { id, passages } = await turn('And in  Germany? -draft -"16 weeks"', conversation)
    const { request } = await base.kb.getAnswer(id, { principal: ANNA })
    expect(request.question).toBe('How many days of holidays do employees get in Germany? -draft -"16 weeks"')
    expect(passages.map(({ text }) => text).join("\n")).not.toContain("16 weeks")
    const next = await turn("And in Italy?", conversation)
    const { request: then } = await base.kb.getAnswer(next.id, { principal: ANNA })
    expect(then.question).toBe("How many days of holidays do employees get in Italy?")
  })

  test("quotes the current revision of what was changed since, and nothing of what was removed", async () => {
    const conversation = newConversation()
    const [before] = (await turn(FIRST, conversation)).citations
    const now = SIGNED.replace("nine days", "nine working days")
    writeFileSync(join(folder.path, "more", "crane.md"), `# Lifting\n\n${[FORM, ...FILLING, now].join(" ")}\n`)
    await base.ingest(join(folder.path, "more", "crane.md"))
    const [changed] = (await turn(NEXT, conversation)).citations
    expect(changed).toMatchObject({ documentId: before?.documentId, quote: now, verified: true })
    expect(changed?.revision).not.toBe(before?.revision)
    await base.kb.removeDocument(await idOf("crane.md"), { principal: ADMIN })
    expect(pathsOf(await turn(NEXT, conversation))).not.toContain("crane.md")
  })
})
