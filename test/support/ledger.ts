import { appendFileSync, existsSync, readFileSync } from "node:fs"

/** What an operation makes of paths: the revision that stands there afterwards, null for none. */
export type Changes = Readonly<Record<string, string | null>>

/** Operations in the order in which their clients asked for them; outside of what is tested, so that it survives it. */
export interface Ledger {
  /** Writes down what is about to be asked for; the returned function, what came of it. */
  ask(changes: Changes): (outcome: "acknowledged" | "refused") => void
  /** What may stand at each path: the last acknowledged state, and what was asked for since and never answered. */
  allowed(): ReadonlyMap<string, ReadonlySet<string | null>>
  /** Every revision that was ever asked for. */
  revisions(): ReadonlySet<string>
  readonly acknowledged: number
}

interface Line {
  readonly operation: number
  readonly type: "asked" | "acknowledged" | "refused"
  readonly changes: Changes
}

/** A ledger in a file of JSON lines. A path belongs to one client, which asks for one operation at a time. */
export function openLedger(file: string): Ledger {
  const lines: Line[] = existsSync(file)
    ? readFileSync(file, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
    : []
  let last = lines.length
  let acknowledged = lines.filter(({ type }) => type === "acknowledged").length
  const write = (line: Line): void => {
    lines.push(line)
    if (line.type === "acknowledged") acknowledged++
    appendFileSync(file, `${JSON.stringify(line)}\n`)
  }
  return {
    ask: (changes) => {
      const operation = ++last
      write({ operation, type: "asked", changes })
      return (type) => write({ operation, type, changes })
    },
    allowed: () => {
      const allowed = new Map<string, Set<string | null>>()
      const ended = new Map(lines.filter(({ type }) => type !== "asked").map((line) => [line.operation, line.type]))
      for (const { operation, type, changes } of lines) {
        if (type !== "asked" || ended.get(operation) === "refused") continue
        for (const [path, revision] of Object.entries(changes)) {
          const before = ended.has(operation) ? [] : (allowed.get(path) ?? [null])
          allowed.set(path, new Set([...before, revision]))
        }
      }
      return allowed
    },
    revisions: () =>
      new Set(lines.flatMap(({ changes }) => Object.values(changes)).filter((revision) => revision !== null)),
    get acknowledged() {
      return acknowledged
    },
  }
}

/** What a catalogue shows of a document. */
export interface Listed {
  readonly path: string
  readonly revision: string
  readonly state: string
  readonly code: string | null
}

/** V1: where the catalogue differs from what was acknowledged, a sentence each. Every document has to be searchable. */
export function compareWithLedger(ledger: Ledger, listed: readonly Listed[]): string[] {
  const violations: string[] = []
  const allowed = ledger.allowed()
  const seen = new Set<string>()
  for (const { path, revision, state, code } of listed) {
    if (seen.has(path)) violations.push(`V1: ${path} is there twice`)
    seen.add(path)
    if (allowed.get(path)?.has(revision) !== true) violations.push(`V1: ${path} has a content that may not stand there`)
    if (state !== "indexed") violations.push(`V1: ${path} is ${state} ${code ?? ""}`)
  }
  for (const [path, revisions] of allowed) {
    if (!seen.has(path) && !revisions.has(null)) violations.push(`V1: ${path} is lost`)
  }
  return violations
}
