import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { lastAnswer } from "../../src/app/answer.ts"
import type { Answer, Principal, Question } from "../../src/core/types.ts"
import { createCrashParser } from "./crash-parser.ts"
import { createFakeEmbedder } from "./fake-embedder.ts"
import { createFakeGenerator } from "./fake-generator.ts"
import { createFakeReader } from "./fake-reader.ts"
import { ADMIN, openTestBase, type TestBase, type TestBaseOptions } from "./knowledge-base.ts"

export const LEAVE = "Parents get 16 weeks of paid leave, which is long."
const HOLIDAYS = "Employees in Germany get 30 days of holidays, employees in France get 25 days of holidays."
const PUMPS = "The housing bolts of pump PF-2210 are tightened to 24 newton metres."
const MODELS = { embedder: createFakeEmbedder(), reader: createFakeReader(), dispose: async () => undefined }

export interface AnsweringBase extends TestBase {
  readonly docs: string
  readonly data: string
  ask(question: string | Question, principal?: Principal): Promise<Answer>
  idOf(path: string): Promise<string>
  /** Writes a file of the folder and indexes it. */
  change(path: string, text: string): Promise<void>
}

/** Three documents on real SQL and LanceDB, and a model that answers from one of them. */
export async function openAnsweringBase(folder: string, options: TestBaseOptions = {}): Promise<AnsweringBase> {
  const [docs, data] = [join(folder, "docs"), join(folder, "data")]
  mkdirSync(docs)
  writeFileSync(join(docs, "leave.md"), `# Leave\n\n${LEAVE}\n`)
  writeFileSync(join(docs, "holidays.md"), `# Holidays\n\n${HOLIDAYS}\n`)
  writeFileSync(join(docs, "pump.md"), `# Pump\n\n${PUMPS}\n`)
  const generator = createFakeGenerator(([message]) => [
    message?.content.includes("16 weeks") === true ? "Parents get 16 weeks of paid leave." : "It is 99 newton metres.",
  ])
  const base = await openTestBase(data, MODELS, { generator, parserHost: createCrashParser(), ...options })
  await base.ingest(docs)
  return {
    ...{ ...base, docs, data },
    ask: (question, principal = ADMIN) =>
      lastAnswer(base.kb.ask(typeof question === "string" ? { question } : question, { principal })),
    idOf: async (path) => {
      const { data: documents } = await base.kb.listDocuments({ principal: ADMIN })
      const id = documents.find((document) => document.path === path)?.id
      if (id === undefined) throw new RangeError(`There is no ${path}`)
      return id
    },
    change: async (path, text) => {
      writeFileSync(join(docs, path), text)
      await base.ingest(join(docs, path))
    },
  }
}
