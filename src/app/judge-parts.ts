import type { Reading } from "../core/ports.ts"
import type { Passage } from "../core/types.ts"
import type { Candidate } from "../generation/candidates.ts"
import { type Conflict, conflictOf } from "../generation/conflicts.ts"
import type { ScoredEvidence } from "../generation/evidence.ts"
import type { Support } from "../generation/support.ts"
import { splitQuestion } from "../retrieval/question-parts.ts"
import { type UnderstoodQuestion, withText } from "../retrieval/understand.ts"

/** What is known of a question before a language model is asked. */
interface Judged {
  readonly passages: readonly Passage[]
  readonly read: number
  readonly readings: readonly Reading[]
  readonly candidates: readonly Candidate[]
  readonly cosines: readonly number[]
  readonly evidence: readonly ScoredEvidence[]
  readonly support: Support
}

interface JudgedInParts extends Judged {
  /**
   * The best evidence of each part that is supported, with what contradicts it; also in `evidence`. None for a question of
   * one part.
   */
  readonly wanted: readonly ScoredEvidence[]
  /** The parts that nothing supports, in the words of who asked; none where no part is supported by itself. */
  readonly missing: readonly string[]
  readonly conflicts: readonly { readonly best: ScoredEvidence; readonly conflict: Conflict }[]
}

/**
 * Judges each part of a question of several as a question of its own, with passages of its own. Where at least one is
 * supported, the best sentences of those that are stand first in the evidence, in the order of the parts, and the weakest
 * of them says how sure the answer is; else, and for a question of one part, all is as it was found for the whole.
 */
export async function judgeParts(
  question: UnderstoodQuestion,
  whole: Judged,
  judge: (part: UnderstoodQuestion) => Promise<Judged>,
): Promise<JudgedInParts> {
  const parts: { readonly said: string; readonly judged: Judged; readonly conflict: Conflict | undefined }[] = []
  for (const { said, asked } of splitQuestion(question.text)) {
    const judged = await judge(withText(question, asked))
    parts.push({ said, judged, conflict: conflictOf(judged.evidence, asked) })
  }
  const supported = parts.filter(({ judged }) => judged.support.isEnough)
  if (supported.length === 0) return { ...whole, wanted: [], missing: [], conflicts: [] }
  const sentences = supported.flatMap(({ judged, conflict }) =>
    [judged.evidence[0], conflict?.evidence].flatMap((one) => (one === undefined ? [] : [{ judged, one }])),
  )
  const joined = sentences.reduce<Joined>((known, { judged, one }) => withSentence(known, judged, one), {
    ...{ passages: whole.passages, candidates: whole.candidates, cosines: whole.cosines },
    ...{ evidence: whole.evidence, wanted: [] },
  })
  const others = joined.evidence.filter((one) => !joined.wanted.includes(one))
  return {
    ...{ ...whole, ...joined },
    evidence: [...joined.wanted, ...others.slice(0, Math.max(0, whole.evidence.length - joined.wanted.length))],
    support: supported.map(({ judged }) => judged.support).reduce((weak, one) => (one.score < weak.score ? one : weak)),
    conflicts: supported.flatMap(
      ({
        judged: {
          evidence: [best],
        },
        conflict,
      }) => (best === undefined || conflict === undefined ? [] : [{ best, conflict }]),
    ),
    missing: parts.filter((part) => !supported.includes(part)).map(({ said }) => said),
  }
}

type Joined = Pick<JudgedInParts, "passages" | "candidates" | "cosines" | "evidence" | "wanted">

/** With a sentence of a part, and with its passage where that is not among the passages. */
function withSentence(known: Joined, part: Judged, best: ScoredEvidence): Joined {
  const listed = known.evidence.find((one) => isSamePlace(one, best))
  if (listed !== undefined) return { ...known, wanted: [...new Set([...known.wanted, listed])] }
  const home = known.passages.find((passage) => holds(passage, best))
  const passage = home ?? { ...best.passage, rank: known.passages.length + 1 }
  const evidence = { ...best, passage }
  const candidate = {
    ...{ passage, text: best.quote, start: best.start - passage.start, end: best.end - passage.start },
    // the reader has read it in another passage, with the part
    position: -1,
  }
  const isCandidate = known.candidates.some((one) => one.passage.rank === passage.rank && one.start === candidate.start)
  const place = part.candidates.findIndex((one) => one.passage === best.passage && one.text === best.quote)
  return {
    passages: home === undefined ? [...known.passages, passage] : known.passages,
    candidates: isCandidate ? known.candidates : [...known.candidates, candidate],
    cosines: isCandidate ? known.cosines : [...known.cosines, part.cosines[place] ?? 0],
    evidence: [...known.evidence, evidence],
    wanted: [...known.wanted, evidence],
  }
}

function isSamePlace(left: ScoredEvidence, right: ScoredEvidence): boolean {
  return left.documentId === right.documentId && left.start === right.start && left.end === right.end
}

function holds(passage: Passage, { passage: other, start, end }: ScoredEvidence): boolean {
  const isSameText = passage.documentId === other.documentId && passage.revision === other.revision
  return isSameText && passage.start <= start && end <= passage.end
}
