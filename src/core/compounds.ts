/**
 * Parts between hyphens or slashes. A part never begins within a word, and is bounded, so that no text takes more than
 * linear time.
 */
const COMPOUND = /(?<![\p{L}\p{N}])[\p{L}\p{N}]{1,20}(?:[-‐‑–/][\p{L}\p{N}]{1,20})+(?![\p{L}\p{N}])/gu
const LONGEST = 20

/**
 * The text with each compound also written as one word, for a full-text index that makes words of its parts:
 * `PF-2210-B` becomes `PF-2210-B PF2210B`, so that `PF2210B` finds it, and the whole counts more than its parts (as
 * `catenateAll` of Lucene's WordDelimiterGraphFilter does). The same rule serves document and question.
 */
export function withCompounds(text: string): string {
  return text.replace(COMPOUND, (compound) => {
    const whole = compound.replace(/[-‐‑–/]/g, "")
    return whole.length > LONGEST ? compound : `${compound} ${whole}`
  })
}
