import { contentTerms } from "../core/terms.ts"
import { formsOf, isLight } from "./wording.ts"

/** Whether a part of a text may narrow, doubt, deny or only report what stands beside it: `if`, `only`, `not`, `may`, `said`. */
export function restricts(part: string): boolean {
  return RESTRICTION.test(part)
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
  `(?<!\\p{L})(?:${DENIALS}|if|when|whether|where|provided|only|until|as long as|so long as|subject to|other than|but|yet|however|may|might|could|would|should|possibly|perhaps|probably|likely|allegedly|reportedly|supposedly|according|say|says|said|claim(?:s|ed)?|believe[sd]?|argue[sd]?|suggest(?:s|ed)?|report(?:s|ed)?|thinks?|thought|wenn|falls|sofern|nur|bis|solange|aber|jedoch|laut|soll(?:en)?|si|seulement|mais|selon|tant que)(?!\\p{L})|n['’]t(?!\\p{L})`,
  "iu",
)
