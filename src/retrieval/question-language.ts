import { words } from "../core/terms.ts"

/** Words that a question in the language begins with or turns on, and that no English one has. */
const ASKING = new Set(
  (
    "wie wo welche welcher welches welchem welchen wer wem wen wann warum wieso weshalb wieviel wohin woher worin wofür " +
    "combien quel quelle quels quelles pourquoi comment quand quoi cuantos cuantas cuanto cuanta que quien quienes cual cuales " +
    "donde cuando quanti quante quanto quanta quale quali perche dove chi hoeveel welk waar waarom wanneer waarin " +
    "quantos quantas quais qual onde quem porque ktory ktora ktore ile dlaczego gdzie kiedy"
  ).split(" "),
)
/** Articles, prepositions and forms of "to be" by language, as they stand after accents have been folded. */
const JOINING = [
  "der die das den dem des ein eine einen einem einer und oder ist sind wird werden wurde wurden hat haben im von vom zu zum zur fur mit auf bei nach aus um es sich",
  "le la les des du de un une et ou est sont dans pour par sur avec aux cette il elle",
  "el la los las de del un una y e o es son fue en con por para se su lo al",
  "il lo la gli le un una del della delle dei di e o con per nel nella alla al sono",
  "de het een en van voor met op zijn wordt",
  "o os as um uma de da dos das na e ou com por para ao aos pelo pela em foi",
].map((words) => new Set(words.split(" ")))
/** Count beside other words of their language alone: `Save e-mail as PDF`, `Reset the OS`. */
const LIGHT = new Set("e o y as os".split(" "))
const ENGLISH = new Set(
  (
    "the of what which who whom whose how when where why is are were was be been does did do can could should would will has have had " +
    "to and for with from that this these there it its by or not if than into about"
  ).split(" "),
)

/** `e-mail`, `P.O.` */
const INITIAL = /(?<![\p{L}\p{N}])\p{L}[-.]/gu

/**
 * Whether a question is likely English: most of its letters are Latin, and no words that ask in German, French, Spanish,
 * Italian, Dutch, Portuguese or Polish, and join in one of these, outnumber the English ones. Without any of either, as in
 * a list of key words, it is.
 */
export function isEnglish(question: string): boolean {
  const letters = question.match(/\p{L}/gu) ?? []
  const latin = letters.filter((letter) => /\p{Script=Latin}/u.test(letter))
  if (latin.length * 2 < letters.length) return false
  // each once: "PGK-la mice and PGK-la genes" is no French
  const all = [...new Set(words(question.replace(INITIAL, " ")))]
  const count = (set: ReadonlySet<string>) => all.filter((word) => set.has(word)).length
  const joins = (set: ReadonlySet<string>) => (all.some((word) => set.has(word) && !LIGHT.has(word)) ? count(set) : 0)
  const [asking, joining, english] = [count(ASKING), Math.max(...JOINING.map(joins)), count(ENGLISH)]
  return asking + joining <= english || asking + joining < (asking > 0 ? 1 : 2)
}
