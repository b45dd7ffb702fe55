import { type Language, useLanguage } from "../app/language.tsx"

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const
const KILO = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** From here on a date says more than "so many days ago". */
const LONG_AGO_MS = 7 * DAY_MS

export interface Format {
  readonly number: (value: number) => string
  readonly bytes: (value: number) => string
  readonly percent: (share: number) => string
  readonly dateTime: (iso: string) => string
  /** Day and month alone, where there is little room. */
  readonly day: (iso: string) => string
  /** `3 hours ago`, a date where it is longer ago than a week. */
  readonly ago: (iso: string) => string
  readonly decimals: (value: number, digits: number) => string
}

const formats = new Map<Language, Format>()

/** Numbers and times as the chosen language writes them; made once, because making them is what takes long. */
export function useFormat(): Format {
  const { language } = useLanguage()
  const made = formats.get(language) ?? formatFor(language)
  formats.set(language, made)
  return made
}

function formatFor(language: Language): Format {
  const locale = language === "en" ? "en-GB" : language
  const number = new Intl.NumberFormat(locale)
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 })
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" })
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" })
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium" })
  const numbers = new Map<string, Intl.NumberFormat>()
  const units = (name: string, options: Intl.NumberFormatOptions) => {
    const made = numbers.get(name) ?? new Intl.NumberFormat(locale, options)
    numbers.set(name, made)
    return made
  }
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" })
  return {
    number: (value) => number.format(value),
    percent: (share) => percent.format(share),
    bytes: (value) => {
      if (value < KILO) return `${number.format(value)} B`
      const step = Math.min(Math.floor(Math.log10(value) / 3), UNITS.length - 1)
      const shown = value / KILO ** step
      const unit = UNITS[step] ?? "byte"
      const digits = shown < 10 ? 1 : 0
      return units(`${unit} ${digits}`, {
        style: "unit",
        unit,
        unitDisplay: "short",
        maximumFractionDigits: digits,
      }).format(shown)
    },
    day: (iso) => day.format(new Date(iso)),
    dateTime: (iso) => dateTime.format(new Date(iso)),
    ago: (iso) => {
      const passed = Date.now() - new Date(iso).getTime()
      if (passed >= LONG_AGO_MS) return date.format(new Date(iso))
      if (passed >= DAY_MS) return relative.format(-Math.floor(passed / DAY_MS), "day")
      if (passed >= HOUR_MS) return relative.format(-Math.floor(passed / HOUR_MS), "hour")
      if (passed >= MINUTE_MS) return relative.format(-Math.floor(passed / MINUTE_MS), "minute")
      return relative.format(0, "second")
    },
    decimals: (value, digits) =>
      units(`${digits}`, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value),
  }
}
