import type { CrashClient } from "./crash-client.ts"
import { wait } from "./crash-server.ts"
import { compareWithLedger, type Ledger } from "./ledger.ts"

/** Time in which a server that has nothing to do must be in order: a removal is finished after its acknowledgement. */
const IN_ORDER_MS = 60_000
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
 * What search finds that it must not, or does not find: each of the words stands in the title of a document, which is to
 * be found by it, or in nothing that is there any more. Which documents there are is the ledger's part.
 */
export async function findSearchViolations(client: CrashClient, words: Iterable<string>): Promise<string[]> {
  const violations: string[] = []
  const documents = await client.list()
  for (const word of words) {
    const { passages } = await client.search(word)
    const found = passages.filter((passage) => passage.text.includes(word) || passage.title.includes(word))
    const titled = documents.filter(({ title }) => title.includes(word))
    if (titled.length > 0 && found.length === 0) violations.push(`V6: ${titled[0]?.path} is not found by ${word}`)
    for (const { path, documentId } of found) {
      if (!titled.some(({ id }) => id === documentId)) violations.push(`V6: ${path} is found by ${word}, which is gone`)
    }
  }
  return violations
}
