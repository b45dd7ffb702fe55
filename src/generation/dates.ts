import { unitOf } from "./units.ts"

/** A date or a time of day as a text has it; what it does not name is null. */
export interface Moment {
  readonly year: number | null
  readonly month: number | null
  readonly day: number | null
  /** Minutes since midnight. */
  readonly minutes: number | null
  readonly start: number
  readonly end: number
  readonly text: string
}

/**
 * Dates and times of a text in the order of their patterns, none inside another: `3 May 2026`, `May 3rd`, `2026-05-03`,
 * `03.05.2026`, `3. Mai`, `May 2026`, `2 pm`, `14:00`, `14 Uhr`. `03/05/2026` is read with the day first, as long as
 * that gives a date.
 */
export function momentsOf(text: string): Moment[] {
  const moments: Moment[] = []
  let rest = text
  for (const { pattern, read } of PATTERNS) {
    for (const match of rest.matchAll(pattern)) {
      const fields = read(match)
      const { year = null, month = null, day = null, minutes = null } = fields ?? {}
      const end = match.index + match[0].length
      if (year === null && unitOf(/^\s?(\p{L}+)/u.exec(rest.slice(end, end + 20))?.[1] ?? "") !== undefined) continue
      const isDate = (month === null || (month >= 1 && month <= 12)) && (day === null || (day >= 1 && day <= 31))
      if (fields === undefined || !isDate) continue
      moments.push({ year, month, day, minutes, start: match.index, end, text: match[0] })
      rest = blanked(rest, match.index, end)
    }
  }
  return moments
}

/** The text with a part replaced by as many spaces, so that places stay. */
export function blanked(text: string, start: number, end: number): string {
  return text.slice(0, start) + " ".repeat(end - start) + text.slice(end)
}

/**
 * Whether the second date may stand for the first: what the first names, the second names alike. A year may come from
 * elsewhere (`years`), as the title of the document.
 */
export function isCovered(asked: Moment, known: Moment, years: ReadonlySet<number>): boolean {
  if (asked.minutes !== null || known.minutes !== null) return asked.minutes === known.minutes
  const hasYear = asked.year === null || asked.year === known.year || (known.year === null && years.has(asked.year))
  const hasMonth = asked.month === null || asked.month === known.month
  return hasYear && hasMonth && (asked.day === null || asked.day === known.day)
}

type Fields = Partial<Pick<Moment, "year" | "month" | "day" | "minutes">>

const MONTHS: readonly string[] = [
  "January|Januar|Jan|janvier",
  "February|Februar|Feb|février",
  "March|März|Mar|mars",
  "April|Apr|avril",
  "May|Mai|mai",
  "June|Juni|Jun|juin",
  "July|Juli|Jul|juillet",
  "August|Aug|août",
  "September|Sept|Sep|septembre",
  "October|Oktober|Oct|Okt|octobre",
  "November|Nov|novembre",
  "December|Dezember|Dec|Dez|décembre",
]
const MONTH = `(?<![\\p{L}\\p{N}])(${MONTHS.join("|")})(?!\\p{L})`
const MONTH_NUMBER = new Map(MONTHS.flatMap((names, month) => names.split("|").map((name) => [name, month + 1])))

function monthOf(name: string | undefined): number {
  return MONTH_NUMBER.get(name ?? "") ?? 0
}

function numberOf(digits: string | undefined): number | null {
  return digits === undefined ? null : Number(digits)
}

const fullYear = (digits: string): number => (digits.length === 2 ? 2000 + Number(digits) : Number(digits))

const PATTERNS: readonly { readonly pattern: RegExp; read(match: RegExpExecArray): Fields | undefined }[] = [
  {
    pattern: /(?<![\d.])(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?![\d/-])/g,
    read: ([, year, month, day]) => ({ year: Number(year), month: Number(month), day: Number(day) }),
  },
  {
    pattern: /(?<![\d.])(\d{1,2})([./])(\d{1,2})\2(\d{4}|\d{2})(?![\d./]\d)(?!\d)/g,
    read: ([, first, , second, year]) => {
      const isDayFirst = Number(second) <= 12
      const [day, month] = isDayFirst ? [Number(first), Number(second)] : [Number(second), Number(first)]
      return { year: fullYear(year ?? ""), month, day }
    },
  },
  {
    pattern: new RegExp(
      `(?<!\\d)(\\d{1,2})(?:st|nd|rd|th|er|\\.)?\\s{1,2}(?:of\\s)?${MONTH}\\.?(?:,?\\s(\\d{4})(?!\\d))?`,
      "gu",
    ),
    read: ([, day, month, year]) => ({ year: numberOf(year), month: monthOf(month), day: Number(day) }),
  },
  {
    pattern: new RegExp(`${MONTH}\\.?,?\\s{1,2}(?:of\\s)?(\\d{4})(?!\\d)`, "gu"),
    read: ([, month, year]) => ({ year: Number(year), month: monthOf(month) }),
  },
  {
    pattern: new RegExp(
      `${MONTH}\\.?\\s{1,2}(?:the\\s)?(\\d{1,2})(?:st|nd|rd|th)?(?!\\d|:)(?:,?\\s(\\d{4})(?!\\d))?`,
      "gu",
    ),
    read: ([, month, day, year]) => ({ year: numberOf(year), month: monthOf(month), day: Number(day) }),
  },
  {
    pattern: /(?<=(?:am|bis|vom|zum|ab|der|den|dem|on|by|until|und|–|-) )(\d{1,2})\.(\d{1,2})\.(?![\d\p{L}])/gu,
    read: ([, day, month]) => ({ month: Number(month), day: Number(day) }),
  },
  {
    // `Mar` and `May` may be words at the head of a sentence
    pattern: new RegExp(`(?<=[\\p{Ll},] )${MONTH}(?!\\s\\d)`, "gu"),
    read: ([, month]) => ({ month: monthOf(month) }),
  },
  {
    pattern: /(?<![\d.,:])(\d{1,2})(?:[:.](\d{2}))?\s?([ap])\.?m(?:\.|(?!\p{L}))/giu,
    read: ([, hours, minutes, half]) => {
      const hour = (Number(hours) % 12) + (half?.toLowerCase() === "p" ? 12 : 0)
      return Number(hours) > 12 ? undefined : { minutes: 60 * hour + Number(minutes ?? 0) }
    },
  },
  {
    pattern: /(?<![\d.,:])(\d{1,2})(?:[:.](\d{2}))?\s?(?:Uhr|o['’]clock)(?!\p{L})/gu,
    read: ([, hours, minutes]) => ({ minutes: 60 * Number(hours) + Number(minutes ?? 0) }),
  },
  {
    pattern: /(?<![\d.,:])(\d{1,2})\s?[:h](\d{2})(?![\d:])/g,
    read: ([, hours, minutes]) =>
      Number(hours) > 24 || Number(minutes) > 59 ? undefined : { minutes: 60 * Number(hours) + Number(minutes) },
  },
  { pattern: /\b(?:noon|midday)\b/g, read: () => ({ minutes: 720 }) },
  { pattern: /\bmidnight\b/g, read: () => ({ minutes: 0 }) },
]
