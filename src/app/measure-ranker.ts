import type { Calibration, PickWeights } from "../core/roles.ts"
import { measureChoice } from "./choice-weight.ts"
import { shareOf, shownMeasured } from "./measured.ts"
import type { RoleValues } from "./role-values.ts"

/** Of fewer lists nothing can be said. */
const FEWEST = 15

/**
 * The role of ranker: it chooses among the first sentences by their numbers. It is granted where its choice, together with
 * the score, puts the right sentence first more often than the score alone (paired bootstrap, interval above 0, weights
 * fitted to other questions), and where the choice is no habit. Each list is shown twice, the second time turned round: a
 * choice that stays at its place has moved to another sentence. Who chooses blindly does so in one of as many lists as they
 * have places; a share above that for sure is a position habit.
 */
export function measureRanker(
  values: readonly RoleValues[],
): Calibration["ranker"] & { readonly weights: PickWeights | null } {
  const picked = values.flatMap(({ answerable, sentences, picked: one }) =>
    one === null || !answerable ? [] : [{ ...one, sentences }],
  )
  const places = picked.flatMap((one) => one.places)
  const movesWithPlace = shareOf(picked.map(({ places: [forward, turned] }) => forward === turned))
  const blind = picked.reduce((sum, { shares }) => sum + 1 / shares.length, 0) / Math.max(1, picked.length)
  const hasPositionHabit = picked.length > 0 && movesWithPlace.low > blind
  const { weight, ...measured } = measureChoice(
    picked.map(({ sentences, shares }) => ({ sentences, values: shares.map(Math.log) })),
  )
  const choice = shareOf(
    picked.map(({ sentences, shares }) => sentences[shares.indexOf(Math.max(...shares))]?.isRight === true),
  )
  const { difference } = measured
  const refusal =
    picked.length < FEWEST
      ? `${picked.length} lists to choose from, ${FEWEST} are needed`
      : hasPositionHabit
        ? `its choice is a position habit: ${shownMeasured(movesWithPlace)} of the choices move with the place`
        : difference.low <= 0
          ? `its choice does not put the right sentence first more often: ${shownMeasured(difference)}`
          : undefined
  const granted = `its choice puts the right sentence first more often: ${shownMeasured(difference)}`
  return {
    isGranted: refusal === undefined,
    reason: refusal ?? granted,
    rightFirst: { ...measured, choice },
    movesWithPlace,
    hasPositionHabit,
    favouritePlace: favouriteOf(places),
    weights: refusal === undefined ? { weight } : null,
  }
}

function favouriteOf(places: readonly number[]): { readonly place: number; readonly share: number } {
  const counts = new Map<number, number>()
  for (const place of places) counts.set(place, (counts.get(place) ?? 0) + 1)
  const [place, count] = [...counts].sort((left, right) => right[1] - left[1])[0] ?? [0, 0]
  return { place: place + 1, share: places.length === 0 ? 0 : Math.round((10_000 * count) / places.length) / 10_000 }
}
