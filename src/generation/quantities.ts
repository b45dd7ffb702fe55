/** A number of a text with the unit that stands with it. */
interface Quantity {
  /** Without marks between thousands, a minus sign as `-`. */
  readonly value: string
  /** Lower case, singular; null where the number has none. */
  readonly unit: string | null
}

/**
 * Numbers, units and signs of a sentence that stand neither in the evidence nor in the question: `1,000` is `1000`, `-5`
 * is not `5`, and `12 weeks` is missing where the evidence says `16 weeks and 12 days`. A number that stands without a
 * unit in the evidence, as in the cell of a table, may take one. A measure has to stand in the evidence: one that only
 * the question names is a premise, and nothing supports it.
 */
export function missingQuantities(sentence: string, evidence: string, question: string): string[] {
  const known = quantitiesOf(evidence)
  const premises = quantitiesOf(question)
  const numbers = quantitiesOf(sentence).flatMap(({ value, unit }) => {
    const same = known.filter((one) => one.value === value)
    if (same.some((one) => unit === null || one.unit === null || one.unit === unit)) return []
    if (unit === null) return premises.some((one) => one.value === value) ? [] : [value]
    return [same.length === 0 ? value : `${value} ${unit}`]
  })
  const signs = (sentence.match(SIGN) ?? []).filter((sign) => !`${evidence}${question}`.includes(sign))
  return [...numbers, ...signs]
}

function quantitiesOf(text: string): Quantity[] {
  return [...text.replace(THIN_SPACE, "").matchAll(NUMBER)].map((match) => {
    const { index, input } = match
    const value = match[0].replace(/,(?=\d{3}\b)/g, "").replace(/^[−–]/, "-")
    const currency = CURRENCY_BEFORE.exec(input.slice(0, index))?.[0].trim()
    const unit = currency ?? UNIT_AFTER.exec(input.slice(index + match[0].length))?.[1] ?? null
    return { value, unit: unit === null ? null : singular(unit) }
  })
}

function singular(unit: string): string {
  const lower = unit.toLowerCase()
  return lower.length > 3 ? lower.replace(/s$/, "") : lower
}

/** Between thousands: `1 000` with a space that does not break. */
const THIN_SPACE = /(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))/g
/** A dash is a sign where nothing stands before it: `3-5` and `PF-2210` have none. */
const NUMBER = /(?:(?<=^|[\s([|])[-−–])?\d+(?:[.,:/-]\d+)*/g
const CURRENCY_BEFORE = /[$€£¥]\s?$/
/** Up to two words may stand between number and unit: `16 paid weeks`, `30 full working days`. */
const UNIT_AFTER = new RegExp(
  String.raw`^(?:[\s-]+\p{L}+){0,2}?[\s-]*(?<!\p{L})(${[
    "seconds?|minutes?|hours?|days?|weeks?|months?|quarters?|years?|percent|euros?|dollars?|pounds?|cents?",
    "newtons?|nm|mm|cm|m|km|mg|g|kg|ml|l|litres?|liters?|met(?:re|er)s?|bar|psi|k?pa|volts?|v|amps?|ma",
    "watts?|k?w|kwh|[kmg]?hz|[kmgt]b|degrees?|°[cf]?|[%‰$€£¥]",
  ].join("|")})(?!\p{L})`,
  "iu",
)
const SIGN = /[%‰°$€£¥<>≤≥±]/g
