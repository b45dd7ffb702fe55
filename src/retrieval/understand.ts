import { IbidError } from "../core/errors.ts"
import { contentTerms } from "../core/terms.ts"
import type { DocumentId, Question, ReadFilter } from "../core/types.ts"
import { wordingOf } from "./phrases.ts"

/** A question with its words and filters in the form that the later stages need. */
export interface UnderstoodQuestion {
  /** NFC, single spaces, trimmed, without what it excludes. */
  readonly text: string
  /** What has these stands first: quoted phrases and identifiers. */
  readonly phrases: readonly string[]
  /** What has these is left out. */
  readonly excluded: readonly string[]
  /** Content words, stemmed, each once. */
  readonly terms: readonly string[]
  /** Documents of which the passages are candidates whatever else is found. */
  readonly earlierDocuments: readonly DocumentId[]
  readonly collections: readonly string[] | undefined
  readonly narrowing: Omit<ReadFilter, "collections" | "aclClasses">
  /** Number of passages. */
  readonly limit: number
  readonly generate: boolean
  readonly model: string | undefined
}

const LONGEST_QUESTION = 8_000
const DEFAULT_LIMIT = 10
const LARGEST_LIMIT = 100

/** Throws `invalid-request` for an empty or over-long question, a wrong limit and dates that are none. */
export function understand(question: Question): UnderstoodQuestion {
  const whole = question.question.normalize("NFC").replace(/\s+/g, " ").trim()
  const { text, phrases, excluded } = wordingOf(whole)
  if (text.length === 0 || whole.length > LONGEST_QUESTION) {
    throw new IbidError(
      "invalid-request",
      `Cannot answer the question: it has ${whole.length} characters, from 1 to ${LONGEST_QUESTION} are allowed`,
    )
  }
  if (text.includes("\0"))
    throw new IbidError("invalid-request", "Cannot answer the question: it holds a NUL character")
  const limit = question.limit ?? DEFAULT_LIMIT
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_LIMIT) {
    throw new IbidError("invalid-request", `Cannot search: the limit must be from 1 to ${LARGEST_LIMIT}`)
  }
  const { documentIds, mediaTypes, modifiedAfter, modifiedBefore } = question.filters ?? {}
  return {
    ...{ text, phrases, excluded },
    terms: [...new Set(contentTerms(text))],
    earlierDocuments: question.earlierDocuments ?? [],
    collections: question.collections,
    narrowing: {
      ...(documentIds === undefined ? {} : { documentIds: documentIds as readonly DocumentId[] }),
      ...(mediaTypes === undefined ? {} : { mediaTypes }),
      ...(modifiedAfter === undefined ? {} : { modifiedAfter: toTime("modifiedAfter", modifiedAfter) }),
      ...(modifiedBefore === undefined ? {} : { modifiedBefore: toTime("modifiedBefore", modifiedBefore) }),
    },
    limit,
    generate: question.generate ?? true,
    model: question.model,
  }
}

/** A part of a question, with the same filters and exclusions. */
export function withText(question: UnderstoodQuestion, part: string): UnderstoodQuestion {
  const { text, phrases } = wordingOf(part)
  return { ...question, text, phrases, terms: [...new Set(contentTerms(text))] }
}

/** A day, or a day and a time with a zone; a time without zone counts as UTC, so that it means the same everywhere. */
const ISO_DATE = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/

function toTime(name: string, date: string): number {
  const [whole, day, zone] = ISO_DATE.exec(date) ?? []
  const time = whole === undefined ? Number.NaN : Date.parse(whole === day || zone !== undefined ? whole : `${whole}Z`)
  // the parser takes 31 February for 3 March
  const isDay = day !== undefined && !Number.isNaN(time) && new Date(Date.parse(day)).toISOString().startsWith(day)
  if (!isDay) throw new IbidError("invalid-request", `Cannot search: ${name} is not an ISO 8601 date`)
  return time
}
