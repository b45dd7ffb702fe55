import type { CrashClient } from "./crash-client.ts"
import { wait } from "./crash-server.ts"
import { compareWithLedger, type Ledger } from "./ledger.ts"

/** Time in which a server that has nothing to do must be in order: a removal is finished after its acknowledgement. */
const IN_ORDER_MS = 15_000
/** Two thousand documents have to be embedded first, where that is asked for. */
const SETTLED_MS = 1_800_000
const POLL_MS = 100

/** All that is wrong with a server's data, a sentence each: the catalogue by the ledger, then the invariants. */
export async function findViolations(client: CrashClient, ledger: Ledger): Promise<string[]> {
  const violations = compareWithLedger(ledger, await client.settle(SETTLED_MS))
  const deadline = performance.now() + IN_ORDER_MS
  for (;;) {
    const found = await client.violations()
    if (found.length === 0 || performance.now() > deadline) return [...violations, ...found]
    await wait(POLL_MS)
  }
}

/**
 * What search finds that it must not, or does not find: each of the words stands in the newest content of one document
 * or, where it is of no document any more, nowhere.
 */
export async function findSearchViolations(client: CrashClient, words: ReadonlyMap<string, string>): Promise<string[]> {
  const violations: string[] = []
  const documents = new Map((await client.list()).map((document) => [document.path, document]))
  for (const [word, path] of words) {
    const { passages } = await client.search(word)
    const found = passages.filter((passage) => passage.text.includes(word) || passage.title.includes(word))
    const document = documents.get(path)
    const titled = document?.title.includes(word) === true
    if (titled && !found.some((passage) => passage.documentId === document.id)) {
      violations.push(`V6: ${path} is not found by ${word}`)
    }
    if (found.some((passage) => !titled || passage.documentId !== document.id)) {
      violations.push(`V6: ${word} is found and ought to be gone`)
    }
  }
  return violations
}
