import { expect, test } from "vitest"
import { verdictOn } from "../src/generation/check-sentences.ts"
import { gate } from "../src/generation/gate.ts"
import { evalRows } from "./support/eval-rows.ts"

interface Label {
  readonly title: string
  readonly question: string
  readonly evidence: string
  readonly sentence: string
  readonly supported: boolean
}

const labels = evalRows<Label>("support/labels.jsonl")

/** Share of equal verdicts, Cohen's kappa, and the share of what passes that the evidence does not support. */
function agreement(verdicts: readonly { readonly supported: boolean; readonly passes: boolean }[]) {
  const share = (holds: (one: { supported: boolean; passes: boolean }) => boolean) =>
    verdicts.filter(holds).length / verdicts.length
  const equal = share(({ supported, passes }) => supported === passes)
  const [supported, passes] = [share((one) => one.supported), share((one) => one.passes)]
  const byChance = supported * passes + (1 - supported) * (1 - passes)
  const wrong = share((one) => one.passes && !one.supported)
  return { equal, kappa: (equal - byChance) / (1 - byChance), unsupported: wrong / passes }
}

/** Every second evidence. The share of known words is chosen on the first half; the rules were written with both in view. */
const evidences = [...new Set(labels.map(({ evidence }) => evidence))]
const halfOf = ({ evidence }: Label) => evidences.indexOf(evidence) % 2

const verdictsOf = (all: readonly Label[], leastWording?: number) =>
  all.map(({ title, evidence, question, sentence, supported }) => {
    const options = leastWording === undefined ? {} : { leastWording }
    return { supported, passes: gate(sentence, `${title}\n${evidence}`, question, options).passes }
  })

const percent = (share: number) => `${(100 * share).toFixed(1)} %`
const report = (name: string, { equal, kappa, unsupported }: ReturnType<typeof agreement>) =>
  process.stdout.write(
    `${name}: agreement ${percent(equal)}, kappa ${kappa.toFixed(2)}, of what passes ${percent(unsupported)} is unsupported\n`,
  )

test("gate() agrees with 200 labels of people: kappa of at least .7", () => {
  expect(labels.length).toBeGreaterThanOrEqual(200)
  const all = agreement(verdictsOf(labels))
  report(`All ${labels.length} labels`, all)
  expect(all.kappa).toBeGreaterThanOrEqual(0.7)
  expect(all.unsupported).toBeLessThanOrEqual(0.1)
})

test("gate() lets least pass that is unsupported where all content words have to be known", () => {
  const halves = [0, 1].map((half) => labels.filter((label) => halfOf(label) === half))
  const shares = [1, 0.9, 0.8, 0.7, 0.6]
  const unsupported = shares.map((share) => {
    for (const [half, some] of halves.entries()) {
      report(`Wording ${share}, half ${half + 1} (${some.length})`, agreement(verdictsOf(some, share)))
    }
    return agreement(verdictsOf(halves[0] ?? [], share)).unsupported
  })
  expect(Math.min(...unsupported)).toBe(unsupported[0])
})

test("agreement() is none where the verdicts say nothing", () => {
  const all = [true, true, false, false].map((supported) => ({ supported, passes: true }))
  expect(agreement(all)).toEqual({ equal: 0.5, kappa: 0, unsupported: 0.5 })
})

test("verdictOn() lets at most 2 % pass that is unsupported, of labels and of what a model wrote", () => {
  const written = evalRows<Label & { readonly set: string }>("support/model-written.jsonl")
  expect(written).toHaveLength(200)
  const sets = [
    { name: "labels", rows: labels },
    ...["company-docs", "squad2"].map((set) => ({ name: set, rows: written.filter((one) => one.set === set) })),
    { name: "a model on both", rows: written },
    { name: "later sentences of it", rows: evalRows<Label>("support/later.jsonl") },
    { name: "sentences that two people have read", rows: evalRows<Label>("support/twice-read.jsonl") },
    { name: "what passed as excerpts", rows: evalRows<Label>("support/excerpts.jsonl") },
  ]
  for (const { name, rows } of sets) {
    const verdicts = rows.map(({ title, evidence, question, sentence, supported }) => {
      const { passes } = verdictOn(sentence, { title, quote: evidence }, question)
      return { supported, passes }
    })
    const [passed, known] = [verdicts.filter(({ passes }) => passes), verdicts.filter(({ supported }) => supported)]
    const kept = known.filter(({ passes }) => passes).length / known.length
    report(
      `verdictOn() on ${name} (${rows.length}), ${passed.length} pass, ${percent(kept)} of the supported`,
      agreement(verdicts),
    )
    expect(passed.filter(({ supported }) => !supported).length / passed.length).toBeLessThanOrEqual(0.02)
    expect(passed.length).toBeGreaterThan(0)
  }
})
