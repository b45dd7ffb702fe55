import { words } from "../core/terms.ts"

interface Unit {
  /** Units of one dimension can be converted into each other. */
  readonly dimension: string
  /** In the smallest unit of the dimension, exactly. */
  readonly factor: number
  /** Form by which two spellings of the unit are equal. */
  readonly name: string
}

/** Dimension, then name, factor and spellings in English, German and French, lower case. */
const TABLE: readonly (readonly [dimension: string, name: string, factor: number, spellings: string])[] = [
  ["time", "second", 1, "s sec secs second seconds sekunde sekunden seconde secondes"],
  ["time", "minute", 60, "min mins minute minutes minuten"],
  ["time", "hour", 3600, "h hr hrs hour hours std stunde stunden heure heures"],
  ["time", "day", 86_400, "d day days tag tage tagen jour jours"],
  ["time", "week", 604_800, "wk week weeks woche wochen semaine semaines"],
  ["month", "month", 1, "month months monat monate monaten mois"],
  ["month", "quarter", 3, "quarter quarters quartal quartale"],
  ["month", "year", 12, "yr yrs year years jahr jahre jahren ans année années"],
  ["length", "millimetre", 1, "mm millimetre millimetres millimeter millimeters millimètre millimètres"],
  ["length", "centimetre", 10, "cm centimetre centimetres centimeter centimeters centimètre centimètres"],
  ["length", "metre", 1000, "m metre metres meter meters metern mètre mètres"],
  ["length", "kilometre", 1_000_000, "km kilometre kilometres kilometer kilometers kilomètre kilomètres"],
  ["length", "mile", 1_609_344, "mi mile miles"],
  ["mass", "milligram", 1, "mg milligram milligrams"],
  ["mass", "gram", 1000, "g gram grams gramm gramme grammes"],
  ["mass", "kilogram", 1_000_000, "kg kilo kilos kilogram kilograms kilogramm kilogramme kilogrammes"],
  ["mass", "tonne", 1_000_000_000, "t tonne tonnes tons tonnen"],
  ["volume", "millilitre", 1, "ml millilitre millilitres milliliter milliliters"],
  ["volume", "litre", 1000, "l litre litres liter liters litern"],
  ["volume", "cubic metre", 1_000_000, "m³ m3"],
  ["pressure", "millibar", 1, "mbar"],
  ["pressure", "bar", 1000, "bar bars"],
  ["pressure", "psi", 0, "psi"],
  ["pressure", "kilopascal", 10, "kpa"],
  ["torque", "newton metre", 1, "nm"],
  ["force", "newton", 1, "n newton newtons"],
  ["power", "watt", 1, "w watt watts"],
  ["power", "kilowatt", 1000, "kw kilowatt kilowatts"],
  ["energy", "kilowatt hour", 1, "kwh"],
  ["voltage", "volt", 1, "v volt volts"],
  ["current", "milliampere", 1, "ma"],
  ["current", "ampere", 1000, "amp amps ampere amperes"],
  ["frequency", "hertz", 1, "hz hertz"],
  ["frequency", "kilohertz", 1000, "khz kilohertz"],
  ["frequency", "megahertz", 1_000_000, "mhz megahertz"],
  ["frequency", "gigahertz", 1_000_000_000, "ghz gigahertz"],
  ["data", "kilobyte", 1, "kb kilobyte kilobytes"],
  ["data", "megabyte", 1000, "mb megabyte megabytes"],
  ["data", "gigabyte", 1_000_000, "gb gigabyte gigabytes"],
  ["data", "terabyte", 1_000_000_000, "tb terabyte terabytes"],
  ["sound", "decibel", 1, "db decibel decibels"],
  ["share", "percent", 10, "% percent prozent pct"],
  ["share", "permille", 1, "‰ permille promille"],
  ["temperature", "degree celsius", 1, "°c celsius"],
  ["fahrenheit", "degree fahrenheit", 1, "°f fahrenheit"],
  ["degree", "degree", 1, "° degree degrees grad degré degrés"],
  ["euro", "euro", 100, "€ eur euro euros"],
  ["cent", "cent", 1, "cent cents"],
  ["dollar", "dollar", 100, "$ usd dollar dollars"],
  ["pound", "pound", 1, "£ gbp pound pounds"],
  ["yen", "yen", 1, "¥ jpy yen"],
  ["franc", "franc", 1, "chf franken francs"],
]

const BY_SPELLING = new Map<string, Unit>(
  TABLE.flatMap(([dimension, name, factor, spellings]) =>
    spellings.split(" ").map((spelling) => [spelling, { dimension, factor, name }] as const),
  ),
)

/** The unit of a spelling such as `hrs`, `°C` or `€`; undefined for any other word. */
export function unitOf(spelling: string): Unit | undefined {
  return BY_SPELLING.get(spelling.toLowerCase())
}

/**
 * Whether two measures are the same: 90 minutes are 1.5 hours. Units of different dimensions never are; a rate may be
 * left out on the left side, `1,450 euros` for `1,450 euros a day`; a factor of 0 stands for a unit that is not converted.
 */
export function isSameMeasure(left: number, leftUnit: string, right: number, rightUnit: string): boolean {
  const [leftBase, leftRate] = leftUnit.split(" per ")
  const [rightBase, rightRate] = rightUnit.split(" per ")
  if (leftRate !== undefined && leftRate !== rightRate) return false
  if (leftUnit === rightUnit || leftBase === rightBase) return left === right
  if (leftRate !== undefined || rightRate !== undefined) return false
  const [one, other] = [BY_NAME.get(leftUnit), BY_NAME.get(rightUnit)]
  if (one === undefined || other === undefined || one.dimension !== other.dimension) return false
  const [all, known] = [left * one.factor, right * other.factor]
  return all !== 0 && Math.abs(all - known) <= 1e-9 * Math.abs(all)
}

/** Whether two units measure the same thing, so that their numbers can contradict each other. */
export function isSameDimension(left: string, right: string): boolean {
  if (left === right) return true
  const dimension = BY_NAME.get(left)?.dimension
  return dimension !== undefined && dimension === BY_NAME.get(right)?.dimension
}

const BY_NAME = new Map<string, Unit>([...BY_SPELLING.values()].map((unit) => [unit.name, unit]))

/** The units that a text names, with and without a number: `every 500 hours` has `hour`. */
export function unitsNamed(text: string): Set<string> {
  const named = new Set<string>()
  for (const word of [...words(text), ...(text.match(UNIT_SIGN) ?? [])]) {
    // a letter alone is an initial or the rest of a contraction
    const unit = /^\p{L}$/u.test(word) ? undefined : unitOf(word)
    if (unit !== undefined) named.add(unit.name)
  }
  return named
}

const UNIT_SIGN = /°[CF]|[%‰°$€£¥]/g
