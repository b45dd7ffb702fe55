import type { Range } from "./types.ts"

/**
 * Splits a text into sentences: ranges without surrounding white space, rising, none empty. Breaks stand after `.`, `!`
 * or `?` (closing quotes belong to the sentence) before white space and an upper-case letter, digit or opening quote,
 * at every line end, and after CJK full stops; not after the usual abbreviations and single initials, between such as
 * `max.` or `fig.` and their number, nor after a German ordinal such as `1. Oktober`. The rule is the one that the bundled
 * reader was trained with (`data/models/ibid-evidence-v1/train.py`, `split_sents`), with CJK and German added.
 */
export function splitSentences(text: string): Range[] {
  const sentences: Range[] = []
  let start = 0
  for (const match of text.matchAll(BREAK)) {
    const gap = match[0]
    let end = match.index
    while (end < match.index + gap.length && !/\s/.test(text[end] ?? " ")) end++
    const isSameLine = !gap.includes("\n") && !CJK_STOP.test(gap)
    if (isSameLine && isWithin(text, end, match.index + gap.length)) continue
    pushTrimmed(sentences, text, start, end)
    start = match.index + gap.length
  }
  pushTrimmed(sentences, text, start, text.length)
  return sentences
}

const BREAK = /(?<=[.!?])["'”’)\]]*\s+(?=["'“‘([`*]*[\p{Lu}\p{Lo}\p{Nd}])|(?<=[。！？])[”’」』）]*|\n+/gu
const CJK_STOP = /^[”’」』）]*$/u
/** What stands before a name or a noun as well as before a number. */
const ABBREVIATION =
  /(?:\b(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|No|Fig|Figs|vs|etc|al|Inc|Ltd|Co|Corp|Gen|Col|Lt|Prof|Rev|e\.g|i\.e|U\.S|U\.K|a\.m|p\.m|approx|cf|incl|excl|Art|Sec|Vol|pp|Eq|Ref|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|Nr|Abs|bzw|ca|ggf|inkl|exkl|einschl|zzgl|evtl|vgl|Hr|Fr|Dipl|Ing|Mio|Mrd|Tsd|z|z\. ?B|d\. ?h|u\. ?a)|\b[A-Z])\.$/
/** What ends a sentence as well (`Stay below the max. Then …`, `No. You must …`), unless a number follows. */
const BEFORE_NUMBER =
  /(?:(?<![\p{L}\p{N}])(?:max|min|mind|no|nos|nr|figs?|abb|tel|ext|art|abs|secs?|sect|ch|kap|vol|bd|par|pos|ver|rev|ref|eq|pp?|approx|ca|incl|excl|inkl|exkl|zzgl|ziff|apt)|str)\.$/iu
/** An opening bracket may stand before it. */
const NUMBER = /^["'“‘([]*\p{Nd}/u
/** Longest abbreviation and what stands before it; characters. */
const BEFORE = 16

/** Whether the full stop before `end` ends an abbreviation or an ordinal that goes on at `next`. */
function isWithin(text: string, end: number, next: number): boolean {
  const before = text.slice(Math.max(0, end - BEFORE), end)
  if (ABBREVIATION.test(before)) return true
  if (BEFORE_NUMBER.test(before) && NUMBER.test(text.slice(next, next + BEFORE))) return true
  return isOrdinal(before, text, next)
}

/** What counts in German; none of them is an English word that a sentence begins with. */
const COUNTED = (
  "Januar Jänner Februar März April Mai Juni Juli August September Oktober November Dezember Okt Dez " +
  "Tag Tages Werktag Werktages Arbeitstag Arbeitstages Kalendertag Kalendertages Woche Monat Monats Quartal Quartals " +
  "Halbjahr Halbjahres Jahr Jahres Lebensjahr Lebensjahres Lebensmonat Jahrhundert Obergeschoss Stockwerk Etage " +
  "Kapitel Absatz Abschnitt Auflage Mahnung"
).split(" ")
/** German words before an ordinal: `Ab dem 3. Werktag`; not `I am 16.` */
const BEFORE_ORDINAL =
  /(?:(?<!\p{L})(?:der|dem|den|des|die|das|im|zum|zur|vom|beim|ab|bis|seit|jede[rnms]?|eine[rnms]?)|(?<!\p{L}|\bI )am) \d{1,2}\.$/iu
/** Begin a sentence, and no noun: `zahlbar bis zum 15. Die Mahnung …`. */
const BEGINNINGS = new Set(
  (
    "Der Die Das Dem Den Des Dies Diese Dieser Dieses Ein Eine Einer Einem Einen Er Sie Es Wir Ihr Ich Man Wer Was Wie Wo Wann " +
    "Alle Jede Jeder Jedes Kein Keine In Im Am An Auf Aus Bei Beim Bis Für Mit Nach Ohne Seit Um Von Vom Vor Zu Zum Zur " +
    "Ab Als Auch Dann Danach Davor Dabei Dafür Dazu Da Dort Damit Falls Wenn Weil Wird Werden Ist Sind Hat Haben Kann Können " +
    "Muss Müssen Soll Sollen Bitte Nur Nicht Sonst Sobald Aber Und Oder Denn Doch Hier Jetzt Später Außerdem Zudem Mehr"
  ).split(" "),
)

/** `am 1. Oktober`, `dem 3. Werktag`, and `am 1. Ok`, where the text has not been written any further. */
function isOrdinal(before: string, text: string, next: number): boolean {
  if (!/(?<![\d.,])\d{1,2}\.$/.test(before)) return false
  const word = /^\p{L}*/u.exec(text.slice(next, next + LONGEST_WORD))?.[0] ?? ""
  if (word === "") return false
  const isUnfinished = next + word.length === text.length
  if (COUNTED.some((noun) => noun === word || (isUnfinished && noun.startsWith(word)))) return true
  return BEFORE_ORDINAL.test(before) && (isUnfinished || !BEGINNINGS.has(word))
}

const LONGEST_WORD = 32

function pushTrimmed(sentences: Range[], text: string, start: number, end: number): void {
  const slice = text.slice(start, end)
  const trimmed = slice.trim()
  if (trimmed.length === 0) return
  const from = start + slice.indexOf(trimmed)
  sentences.push({ start: from, end: from + trimmed.length })
}
