import { contentTerms } from "../core/terms.ts"

export interface Wording {
  /** Content words of the sentence that count, in order, each once. */
  readonly counted: readonly string[]
  /** Those that nothing in the evidence carries, as they are written. */
  readonly missing: readonly string[]
}

/**
 * Content words of a sentence that the evidence does not have: not in another form (`approval`,
 * `approved`), not as a synonym (`receive`, `get`), not as an abbreviation (`HR`, `human resources`). Words that say
 * nothing on their own (`takes`, `amount`) are not counted.
 */
export function wordingOf(sentence: string, evidence: string): Wording {
  const known = knownForms(evidence)
  for (const [pattern, word] of IMPLIED)
    if (pattern.test(evidence)) for (const form of knownForms(word)) known.add(form)
  const initials = initialsOf(evidence)
  const own = initialsOf(sentence)
  const counted = new Set<string>()
  const missing: string[] = []
  for (const [word] of sentence.matchAll(WORD)) {
    for (const term of contentTerms(word)) {
      if (/^\d+$/.test(term) || counted.has(term)) continue
      const isKnown = formsOf(term).some((form) => known.has(form)) || (term.length >= 5 && hasEnding(term, known))
      if (!isKnown && LIGHT.has(term)) continue
      counted.add(term)
      if (!isKnown && !initials.has(word) && !hasAbbreviation(own, word, evidence)) missing.push(word)
    }
  }
  return { counted: [...counted], missing }
}

/** Whether a term of {@link contentTerms} claims nothing by itself: `takes`, `amount`, `die`. */
export function isLight(term: string): boolean {
  return LIGHT.has(term)
}

/** The forms under which a term can be found: itself, its root, its synonyms' common name. */
export function formsOf(term: string): string[] {
  const root = rootOf(term)
  const group = GROUPS.get(term) ?? GROUPS.get(root)
  return group === undefined ? [term, root] : [term, root, group]
}

const WORD = /[\p{L}\p{M}\p{N}]+/gu

function knownForms(text: string): Set<string> {
  const known = new Set<string>()
  for (const term of contentTerms(text)) for (const form of formsOf(term)) known.add(form)
  return known
}

/** Endings of derived words, longest first; `-er` and `-ee` stay, because employer and employee are two. */
const ENDINGS = "isation ization ation ition ment ance ence able ible ness ity ion al ly ive ure".split(" ")
const SHORTEST_ROOT = 4

function rootOf(term: string): string {
  const ending = ENDINGS.find((one) => term.endsWith(one) && term.length - one.length >= SHORTEST_ROOT)
  const root = ending === undefined ? term : term.slice(0, -ending.length)
  const undoubled = /([bdfgklmnprt])\1$/.test(root) && root.length > SHORTEST_ROOT ? root.slice(0, -1) : root
  return undoubled.endsWith("y") ? `${undoubled.slice(0, -1)}i` : undoubled
}

/** Endings of German and French words: `Mitarbeiter`, `Mitarbeitern`. */
const INFLECTIONS = ["n", "en", "e", "es", "er", "em", "s", "nen", "x"]

function hasEnding(term: string, known: ReadonlySet<string>): boolean {
  if (INFLECTIONS.some((ending) => known.has(term + ending))) return true
  return INFLECTIONS.some(
    (ending) =>
      term.endsWith(ending) && term.length - ending.length >= SHORTEST_ROOT && known.has(term.slice(0, -ending.length)),
  )
}

interface Initials {
  has(word: string): boolean
  /** Lower-case words that stand in a run whose initials are the key. */
  readonly words: ReadonlyMap<string, string>
}

/** Initials of every run of two to five words: `human resources` has `HR`. */
function initialsOf(text: string): Initials {
  const all = text.match(WORD) ?? []
  const found = new Set<string>()
  const words = new Map<string, string>()
  for (let start = 0; start < all.length; start++) {
    let initials = (all[start] ?? "").slice(0, 1)
    for (let length = 2; length <= 5 && start + length <= all.length; length++) {
      initials += (all[start + length - 1] ?? "").slice(0, 1)
      found.add(initials.toUpperCase())
      for (const word of all.slice(start, start + length)) {
        const key = word.toLowerCase()
        words.set(key, `${words.get(key) ?? ""} ${initials.toUpperCase()}`)
      }
    }
  }
  return { has: (word) => /^\p{Lu}{2,5}$/u.test(word) && found.has(word), words }
}

/** Whether the evidence abbreviates the words around a word of the sentence: `HR` for `human resources`. */
function hasAbbreviation({ words }: Initials, word: string, evidence: string): boolean {
  const runs = new Set((words.get(word.toLowerCase()) ?? "").split(" "))
  return (evidence.match(/(?<!\p{L})\p{Lu}{2,5}(?!\p{L})/gu) ?? []).some((abbreviation) => runs.has(abbreviation))
}

/** Words that claim nothing by themselves, English, German, French. */
const LIGHT = new Set(
  contentTerms(
    "get gets getting got gotten give gives given giving take takes taken taking took last lasts lasted need needs needed make makes made making " +
      "use uses used using say says said state states stated apply applies applied count counts amount amounts number total " +
      "once she he her his him became came consist consists distance height length width size material possible between pressure temperature costs cost price rate duration times before after everybody everyone period time long each every per also within during following followed according accordance call called name named known located found " +
      "want keep remain become becomes happen happens happened occur occurs place go goes come comes bring set sets " +
      "order case way means must am being having does doing about around approximately roughly exactly just currently there here " +
      "those such both either whose because since while if whether until upon via under over up down out off onto through " +
      "old one ones kind type sort item thing fact concerned regarding related respective respectively equal equals value " +
      "hat haben hatte wird werden wurde wurden sind ist war waren sein seine ihre ihr der die das den dem des ein eine einen einem einer eines " +
      "und oder auf aus bei mit von vom zum zur für im am um nach vor über unter an in bis ab als es sie er wir man auch sich dass wenn " +
      "beträgt betragen dauert dauern erhält erhalten bekommt bekommen gibt geben gilt gelten liegt liegen steht stehen muss müssen soll sollen kann können darf dürfen jeder jede jedes alle pro " +
      "le la les un une des du de et ou est sont être avoir ont pour par sur dans avec au aux ce cette ces il elle on se son sa ses leur leurs qui que dont " +
      "dure durent reçoit reçoivent doit doivent peut peuvent chaque",
  ),
)

/** Words that stand for each other in documents of a company; a word is in one group at most. */
const SYNONYMS = [
  "everybody everyone",
  "feed fed feeds",
  "bear bears bore borne pay paid payment payable",
  "take took taken",
  "give gave given",
  "come came",
  "go went gone",
  "know knew known",
  "choose chose chosen",
  "speak spoke spoken",
  "break broke",
  "draw drew drawn",
  "drive drove driven",
  "fly flew flown",
  "forget forgot",
  "hide hid hidden",
  "meet met",
  "catch caught",
  "bring brought",
  "seat seats",
  "chair chairs chaired",
  "receive obtain entitled granted get",
  "employee staff worker personnel workforce",
  "begin start commence",
  "end finish stop cease",
  "finished complete completed completion",
  "buy purchase procure",
  "cost price costs fee charge",
  "cancel terminate cancellation termination",
  "firm company business enterprise",
  "repair fix mend",
  "supplier vendor",
  "customer client buyer",
  "mail email e-mail",
  "phone telephone call",
  "holiday vacation leave",
  "salary wage",
  "full fully",
  "repay repaid repayment",
  "split divide",
  "extend extension",
  "sign signed signature",
  "deliver shipped ship delivery shipment",
  "send sent submit submitted submission",
  "allowed permitted permission permit allow",
  "required mandatory obligatory compulsory necessary require",
  "optional voluntary",
  "check inspect inspection examine verify",
  "replace exchange substitute swap",
  "build construct construction built",
  "large big",
  "small little",
  "quick fast rapid",
  "yearly annual annually year",
  "monthly month",
  "weekly week",
  "daily day",
  "hourly hour",
  "kept store stored retain retained keep retention",
  "delete erase remove removed deleted erasure",
  "storage warehouse",
  "notify inform tell told notification notice",
  "written writing write wrote",
  "approve approved consent authorise authorize approval",
  "responsible charge owner",
  "head manager lead leader",
  "reimburse refund reimbursed reimbursement",
  "trip travel journey",
  "hotel accommodation",
  "car vehicle",
  "fault defect failure malfunction",
  "broken damaged damage",
  "danger hazard risk",
  "manual handbook guide",
  "invoice bill",
  "contract agreement",
  "meeting session",
  "temperature",
  "weigh weight weighs heavy",
  "height high tall",
  "length long",
  "width wide",
  "depth deep",
  "speed fast",
  "choose select pick",
  "show display",
  "return returned back",
  "raise increase rise rose grew grow increased",
  "reduce decrease fall fell decline dropped drop lower",
  "own possess",
  "found founded established establish",
  "maker manufacturer producer",
  "produce manufacture produced",
  "part component",
  "spouse partner",
  "child children",
  "doctor physician",
  "ill sick illness sickness",
  "attend participate participation attendance",
  "error mistake",
  "backup back-up",
  "lock locked",
  "location site",
  "test trial",
  "pupil student",
  "study research",
  "author wrote",
  "town city",
  "die died dead death",
  "born birth",
  "near close",
  "help assist support",
  "happy glad",
  "hold held",
  "lend lent loan",
  "teach taught",
  "run ran operate operated operation",
  "win won winner",
  "lose lost loss",
  "sell sold sale",
  "lead led",
  "choice option",
  "new novel",
  "max maximum maximal",
  "min minimum minimal",
  "dept department",
  "mgmt management",
  "info information",
  "approx approximately",
  "qty quantity",
  "temp temperature",
  "mitarbeiter beschäftigte angestellte arbeitnehmer",
  "urlaub ferien",
  "kunde auftraggeber",
  "lieferant zulieferer",
  "kaufen erwerben",
  "salarié employé collaborateur",
  "congé vacances",
]

const GROUPS = new Map<string, string>()
for (const [place, group] of SYNONYMS.entries()) {
  for (const term of contentTerms(group))
    for (const form of [term, rootOf(term)]) if (!GROUPS.has(form)) GROUPS.set(form, `#${place}`)
}

/** `must` says what `required` says, `may` what `allowed` says; a bound is a limit. */
const IMPLIED: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/\b(?:must|has to|have to|shall|needs?)\b/i, "required"],
  [/\b(?:may|can)\b/i, "allowed"],
  [
    /\b(?:at most|up to|no more than|not more than|no longer than|by|until|before|only)\b/i,
    "limit limited maximum latest most deadline",
  ],
  [/\b(?:at least|no less than|no fewer than|from)\b/i, "minimum earliest least"],
]
