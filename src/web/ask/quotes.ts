import type { Citation, Evidence, Warning } from "../../core/types.ts"
import type { Turn } from "./turn.ts"

/** A place in a document, as it stands in an answer. */
export interface Quote {
  readonly documentId: string
  readonly revision: string | undefined
  readonly start: number
  readonly end: number
  readonly text: string
  /** Names of the columns, where the text is a row of a table. */
  readonly tableHeader: string | undefined
  readonly title: string
  readonly path: string
  readonly page: number | null
  /** What the document calls the page. */
  readonly pageLabel: string | undefined
  /** Number in the answer; null where the answer does not cite it. */
  readonly marker: number | null
  /** It was compared with the stored text, sign by sign. */
  readonly isChecked: boolean
  readonly modifiedAt: string | undefined
  readonly state: "current" | "changed" | "removed"
  /** What is to be known of this page or document. */
  readonly warnings: readonly Warning[]
}

/** Read at one glance; the answer may cite more. */
const SHOWN = 3

/**
 * The quotes of an answer: the best of the evidence, in the order in which it came, so that nothing moves when the answer
 * comes; then what the answer cites beside them.
 */
export function quotesOf(turn: Turn): readonly Quote[] {
  const { citations } = turn
  const cited = new Set<Citation>()
  const best = distinct(turn.evidence ?? [])
    .slice(0, SHOWN)
    .map((evidence) => {
      const citation = citations.find((one) => !cited.has(one) && isSamePlace(one, evidence))
      if (citation === undefined) return fromEvidence(evidence, turn)
      cited.add(citation)
      return fromCitation(citation, turn)
    })
  return [...best, ...citations.filter((one) => !cited.has(one)).map((one) => fromCitation(one, turn))]
}

/** Warnings that are of no quote in particular. */
export function generalWarnings(turn: Turn): readonly Warning[] {
  const paths = quotesOf(turn).map(({ path }) => path)
  return turn.warnings.filter((warning) => !paths.some((path) => isAbout(warning, path)))
}

/** Without those that say a part of a better one again. */
function distinct(evidence: readonly Evidence[]): readonly Evidence[] {
  return evidence.filter((one, position) => !evidence.slice(0, position).some((better) => isSamePlace(better, one)))
}

type Place = Pick<Evidence, "documentId" | "start" | "end">

function isSamePlace(left: Place, right: Place): boolean {
  return left.documentId === right.documentId && left.start < right.end && right.start < left.end
}

function fromEvidence(evidence: Evidence, turn: Turn): Quote {
  const { documentId, path, page, start, end, quote } = evidence
  const passage = turn.passages.find((one) => one.documentId === documentId)
  return {
    ...{ documentId, path, page, start, end, text: quote, pageLabel: undefined, marker: null, isChecked: false },
    ...{ tableHeader: undefined, title: passage?.title ?? path, revision: passage?.revision, modifiedAt: undefined },
    ...{ state: turn.states.get(documentId) ?? "current", warnings: warningsOf(turn, path) },
  }
}

function fromCitation(citation: Citation, turn: Turn): Quote {
  const { documentId, path, page, pageLabel, start, end, quote, title, revision, marker, verified, modifiedAt } =
    citation
  const changed = citation.changedSinceIndexed ? "changed" : "current"
  return {
    ...{ documentId, path, page, pageLabel, start, end, text: quote, title, revision, marker, modifiedAt },
    ...{
      tableHeader: citation.tableHeader,
      isChecked: verified,
      state: turn.states.get(documentId) ?? changed,
      warnings: warningsOf(turn, path),
    },
  }
}

function warningsOf(turn: Turn, path: string): readonly Warning[] {
  return turn.warnings.filter((warning) => isAbout(warning, path))
}

/** The server names a document by its path in quotation marks; two that disagree are the answer's to say. */
function isAbout({ code, message }: Warning, path: string): boolean {
  return code !== "conflicting-sources" && message.includes(JSON.stringify(path))
}
