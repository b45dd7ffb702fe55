/** One character of a script that is written without spaces between words; for a regular expression with the flag `u`. */
export const CJK = "[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}ー]"
const RUN = new RegExp(`${CJK}+`, "gu")

/**
 * The text with its runs of Chinese and Japanese characters cut into pairs that overlap, apart by spaces, for a full-text
 * index that makes words of what stands between spaces: `育児休暇` becomes `育児 児休 休暇`. Pairs need no dictionary,
 * and the same cut serves document and question (bigrams, as Lucene's CJKAnalyzer has them).
 */
export function separateCjk(text: string): string {
  return text.replace(RUN, (run) => {
    const characters = [...run]
    if (characters.length < 2) return ` ${run} `
    return ` ${characters
      .slice(1)
      .map((character, place) => `${characters[place]}${character}`)
      .join(" ")} `
  })
}
