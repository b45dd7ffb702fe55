/** Whether a number is the least or the most of a range. */
export type Direction = "up" | "down"

export interface Bound {
  readonly direction: Direction
  /** A soft bound, such as `from` or `up to`, may stand where the evidence has the number alone. */
  readonly isSoft: boolean
  /** Number of characters that it takes before or behind the number. */
  readonly length: number
}

/** The bound that the text before a number ends with: `at least`, `no later than`, `mehr als`. */
export function boundBefore(text: string): Bound | undefined {
  const near = text.slice(-NEAR)
  for (const { pattern, direction, isSoft } of BEFORE) {
    const match = pattern.exec(near)
    if (match !== null) return { direction, isSoft, length: match[0].length }
  }
  return undefined
}

/** The bound that the text behind a number and its unit begins with: `or more`, `at the latest`. */
export function boundAfter(text: string): Bound | undefined {
  const near = text.slice(0, NEAR)
  for (const { pattern, direction } of AFTER) {
    const match = pattern.exec(near)
    if (match !== null) return { direction, isSoft: false, length: match[0].length }
  }
  return undefined
}

/** Words of a text that make a bound of the numbers near them: `The minimum order is 16 units`. */
export function boundsNamed(text: string): Set<Direction> {
  const named = new Set<Direction>()
  if (NAMES_UP.test(text)) named.add("up")
  if (NAMES_DOWN.test(text)) named.add("down")
  return named
}

/** Characters that a bound may take. */
const NEAR = 32

const before = (direction: Direction, isSoft: boolean, phrases: string) => ({
  pattern: new RegExp(
    `(?:(?<![\\p{L}])(?:${phrases})|[${direction === "up" ? ">≥" : "<≤"}])\\s{0,2}(?:the |a |of |den |dem |der |le |la )?$`,
    "iu",
  ),
  direction,
  isSoft,
})

/** Longer phrases first: `no more than` holds `more than`. */
const BEFORE = [
  before(
    "down",
    false,
    "(?:not |no |never |nicht |ne pas |nie )(?:any )?(?:more than|longer than|later than|over|above|after|exceed(?:ing)?|higher than|larger than|greater than|mehr als|länger als|später als|plus de|über)|at (?:the )?(?:most|latest by|latest on)|(?:an? |the )?max(?:imum)?\\.?(?: of)?|höchstens|maximal|spätestens(?: am| bis)?|au (?:plus|maximum)|au plus tard le",
  ),
  before(
    "up",
    false,
    "(?:not |no |never |nicht |ne pas |nie )(?:any )?(?:less than|fewer than|shorter than|earlier than|sooner than|under|below|before|lower than|smaller than|weniger als|früher als|unter|vor|moins de)|at least|at the earliest on|(?:an? |the )?min(?:imum)?\\.?(?: of)?|mindestens|frühestens(?: am| ab)?|au (?:moins|minimum)|au plus tôt le",
  ),
  before(
    "up",
    false,
    "more than|longer than|later than|over|above|after|exceed(?:s|ed|ing)?|higher than|larger than|greater than|older than|heavier than|beyond|mehr als|länger als|später als|größer als|nach|über|plus de|après",
  ),
  before(
    "down",
    false,
    "less than|fewer than|shorter than|earlier than|sooner than|under|below|before|lower than|smaller than|younger than|lighter than|cheaper than|slower than|colder than|cooler than|weniger als|kürzer als|früher als|kleiner als|vor|unter|moins de|avant",
  ),
  before("up", false, "\\p{L}{3,12}er than"),
  before("down", true, "up to|until|till|by|within|bis zu|bis zum|bis|binnen|innerhalb von|jusqu'(?:à|au)|dans les"),
  before("up", true, "from|since|starting(?: on| at)?|as of|ab|seit|dès|à partir d[eu]"),
]

const AFTER: readonly { readonly pattern: RegExp; readonly direction: Direction }[] = [
  {
    pattern:
      /^\s{0,2}(?:or|and|oder|und|ou|et) (?:more|longer|above|over|later|older|higher|mehr|länger|plus)(?!\p{L})(?!\s(?:than|als|de|que)\s)|^\s{0,2}(?:minimum|at least|at the earliest|mindestens|au moins)(?!\p{L})/iu,
    direction: "up",
  },
  {
    pattern:
      /^\s{0,2}(?:or|and|oder|und|ou|et) (?:less|fewer|shorter|below|under|earlier|lower|weniger|kürzer|moins)(?!\p{L})(?!\s(?:than|als|de|que)\s)|^\s{0,2}(?:maximum|at (?:the )?most|at the latest|höchstens|au plus)(?!\p{L})/iu,
    direction: "down",
  },
]

const NAMES_UP =
  /(?<!\p{L})(?:min|minimum|minimal|least|smallest|lowest|earliest|mindest\p{L}{0,20}|exceeds?|from|ab)(?!\p{L})/iu
const NAMES_DOWN =
  /(?<!\p{L})(?:max|maximum|maximal|most|largest|highest|latest|limit(?:s|ed)?|deadline|due|capped|cap|höchst\p{L}{0,20}|expires?|ends?)(?!\p{L})/iu
