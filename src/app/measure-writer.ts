import type { Calibration } from "../core/roles.ts"
import { meanOf, shareOf, shownMeasured } from "./measured.ts"
import type { RoleValues, WrittenValues } from "./role-values.ts"

/** Sentences that have passed; of fewer nothing can be said. */
const FEWEST_PASSED = 15
/** Where fewer pass, the model's seconds are mostly spent on answers that are quotes all the same. */
const LEAST_PASSING = 0.1
/**
 * How much less often than the quotes the sentences may hold the answer, at the lower end of the interval: a tenth, which a
 * set of some eighty questions can just tell from none.
 */
const MARGIN = 0.1

/**
 * The role of writer: written sentences that pass the gate take the place of quotes. It is granted where a tenth of them
 * passes for sure (lower end of the interval), where those hold the gold answer as often as the quotes that they were
 * written from (paired difference above -.1 at the lower end, above -.03 at the middle) and are shorter (interval below
 * 0): shorter is what they are there for. What passes on unanswerable questions is shown and decides nothing: whether to
 * answer is decided before, and a quote would stand there else.
 */
export function measureWriter(values: readonly RoleValues[]): Calibration["writer"] {
  const written = values.flatMap((one) => (one.written === null ? [] : [{ ...one.written, ...who(one) }]))
  const wanted = written.filter(({ answerable }) => answerable)
  const passed = wanted.filter(({ passes }) => passes)
  const words = meanOf(passed.map((one) => one.words - one.quoteWords))
  const mean = (of: (one: WrittenValues) => number) => meanOf(passed.map(of)).value
  const measures = {
    passes: shareOf(wanted.map(({ passes }) => passes)),
    holdsAnswer: shareOf(passed.map(({ holdsAnswer }) => holdsAnswer)),
    quoteHoldsAnswer: shareOf(passed.map(({ quoteHoldsAnswer }) => quoteHoldsAnswer)),
    difference: meanOf(passed.map((one) => Number(one.holdsAnswer) - Number(one.quoteHoldsAnswer))),
    words: mean((one) => one.words),
    quoteWords: mean((one) => one.quoteWords),
    passesUnanswerable: shareOf(
      written.filter(({ answerable, isEnough }) => !answerable && isEnough).map(({ passes }) => passes),
    ),
  }
  const { passes, difference } = measures
  const refusal =
    wanted.length === 0
      ? "no question has a gold answer"
      : passed.length < FEWEST_PASSED
        ? `${passed.length} written sentences passed the gate, ${FEWEST_PASSED} are needed`
        : passes.low < LEAST_PASSING
          ? `too few written sentences pass the gate: ${shownMeasured(passes)}`
          : difference.low < -MARGIN || difference.value < -0.03
            ? `written sentences hold the answer less often than quotes: ${shownMeasured(difference)}`
            : words.high >= 0
              ? "written sentences are not shorter than quotes"
              : undefined
  const granted = `written sentences that pass hold the answer as often as quotes: ${shownMeasured(difference)}, and are shorter`
  return { isGranted: refusal === undefined, reason: refusal ?? granted, ...measures }
}

function who({ answerable, isEnough }: RoleValues) {
  return { answerable, isEnough }
}
