import { contentTerms } from "../core/terms.ts"
import { formsOf, isLight } from "./wording.ts"

/** Whether a part of a text may narrow, doubt, deny or only report what stands beside it: `if`, `only`, `not`, `may`, `said`. */
export function restricts(part: string): boolean {
  return RESTRICTION.test(part)
}

/** The words of a part of a text that may narrow it, in lower case. */
export function restrictionsIn(part: string): string[] {
  return [...part.matchAll(new RegExp(RESTRICTION, "giu"))].map(([word]) => word.toLowerCase())
}

/** Whether a part of a text makes what follows it somebody's words, a wish or a question: `proposed that`, `whether`. */
export function governs(part: string): boolean {
  return GOVERNOR.test(part)
}

/** Whether a question names all that a part of a text says, and denies where it denies. */
export function isNamed(part: string, question: string): boolean {
  const asked = new Set(contentTerms(question).flatMap(formsOf))
  const terms = contentTerms(part).filter((term) => !isLight(term))
  const isKnown = terms.length > 0 && terms.every((term) => formsOf(term).some((form) => asked.has(form)))
  return isKnown && isDenied(part) === isDenied(question)
}

export function isDenied(text: string): boolean {
  return DENIAL.test(text)
}

const DENIALS =
  "not|no|never|none|neither|nor|without|except|unless|instead|rather|hardly|cannot|refused?|failed|false|untrue|nicht|kein\\p{L}*|nie|ohne|außer|pas|jamais|sans|sauf"
const DENIAL = new RegExp(`(?<!\\p{L})(?:${DENIALS})(?!\\p{L})|n['’]t(?!\\p{L})`, "iu")
const RESTRICTION = new RegExp(
  `(?<!\\p{L})(?:${DENIALS}|if|when|whether|where|provided|only|until|as long as|so long as|subject to|other than|but|yet|however|may|might|could|would|should|possibly|perhaps|probably|likely|allegedly|reportedly|supposedly|according|say|says|said|claim(?:s|ed)?|believe[sd]?|argue[sd]?|suggest(?:s|ed)?|reports|reported|thinks?|thought|propos(?:es?|ed|als?)|reject(?:s|ed)?|drafts?|rumou?r(?:s|ed)?|plans|planned|demand(?:s|ed)?|hope[sd]?|expect(?:s|ed)?|intend(?:s|ed)?|former(?:ly)?|previously|no longer|used to|untested|unclear|wenn|falls|sofern|nur|bis|solange|aber|jedoch|laut|soll(?:en)?|si|seulement|mais|selon|tant que)(?!\\p{L})|n['’]t(?!\\p{L})`,
  "iu",
)
/** Not `a message that is …`, which says of what, nor `it is necessary that …`, which says no less. */
const GOVERNOR =
  /(?<!(?:critical|essential|important|mandatory|necessary|required|vital)\s)(?<!\p{L})(?:that(?!\s(?:are|can|do|does|has|have|is|must|was|were|will)(?!\p{L}))|whether|dass|daß|ob|que|qu['’])(?!\p{L})/iu
