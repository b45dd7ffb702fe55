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
/** Articles, prepositions and forms of "to be", as they stand after accents have been folded. */
const JOINING = new Set(
  (
    "der die das den dem des ein eine einen einem einer und oder ist sind wird werden wurde wurden hat haben im von vom zu zum zur fur mit auf bei nach aus " +
    "le la les des du de un une et ou est sont dans pour par sur avec aux cette il elle " +
    "el los las del una uno y es son fue en con por para se su lo al il gli della delle dei di e sono nel nella alla per con " +
    "het een van voor met op zijn wordt o os as um uma dos das na em foi"
  ).split(" "),
)
const ENGLISH = new Set(
  (
    "the of what which who whom whose how when where why is are were was be been does did do can could should would will has have had " +
    "to and for with from that this these there it its by or not if than into about"
  ).split(" "),
)

/**
 * Whether a question is likely English: most of its letters are Latin, and no words that join or ask in German, French, Spanish,
 * Italian, Dutch, Portuguese or Polish outnumber the English ones. Without any of either, as in a list of key words, it is.
 */
export function isEnglish(question: string): boolean {
  const letters = question.match(/\p{L}/gu) ?? []
  const latin = letters.filter((letter) => /\p{Script=Latin}/u.test(letter))
  if (latin.length * 2 < letters.length) return false
  // each once: "PGK-la mice and PGK-la genes" is no French
  const all = [...new Set(words(question))]
  const count = (set: ReadonlySet<string>) => all.filter((word) => set.has(word)).length
  const [asking, joining, english] = [count(ASKING), count(JOINING), count(ENGLISH)]
  return asking + joining <= english || asking + joining < (asking > 0 ? 1 : 2)
}
