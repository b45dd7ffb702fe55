import { describe, expect, test } from "vitest"
import { leaseCores } from "../src/engine/core-lease.ts"
import { createLimiter, type Limiter, type Priority } from "../src/engine/limiter.ts"

/** Work that goes on until it is told to end. */
function hold(limiter: Limiter, wanted: number, priority: Priority = "ingestion") {
  let end = (): void => undefined
  let began = (_granted: number): void => undefined
  const granted = new Promise<number>((resolve) => {
    began = resolve
  })
  const done = limiter.run({ wanted, priority }, async (cores) => {
    began(cores)
    await new Promise<void>((resolve) => {
      end = resolve
    })
  })
  return { granted, done, end: () => end() }
}

describe("createLimiter()", () => {
  test("grants what is free, up to what is wanted", async () => {
    const limiter = createLimiter(4)
    const first = hold(limiter, 3)
    const second = hold(limiter, 3)
    expect(await first.granted).toBe(3)
    expect(await second.granted).toBe(1)
    first.end()
    second.end()
    await Promise.all([first.done, second.done])
    expect(await limiter.run({ wanted: 9, priority: "ingestion" }, async (granted) => granted)).toBe(4)
  })

  test.each(["question", "ingestion"] as const)("has no more cores in use by %s than there are", async (priority) => {
    const limiter = createLimiter(3)
    let used = 0
    let most = 0
    const work = async (granted: number): Promise<void> => {
      used += granted
      most = Math.max(most, used)
      await new Promise((resolve) => setImmediate(resolve))
      used -= granted
    }
    const requests = Array.from({ length: 60 }, (_, at) => ({ wanted: 1 + (at % 4), priority }))
    await Promise.all(requests.map((request) => limiter.run(request, work)))
    expect(most).toBe(3)
    expect(used).toBe(0)
  })

  test("lets a question run at once on one core while ingestion has them all, and no ingestion beside questions", async () => {
    const limiter = createLimiter(2)
    const passages = [hold(limiter, 1), hold(limiter, 1)]
    const question = hold(limiter, 2, "question")
    expect(await question.granted).toBe(1)
    let isGranted = false
    const next = hold(limiter, 1)
    void next.granted.then(() => {
      isGranted = true
    })
    passages[0]?.end()
    await passages[0]?.done
    expect(isGranted).toBe(false)
    question.end()
    passages[1]?.end()
    expect(await next.granted).toBe(1)
    next.end()
    await Promise.all([question.done, passages[1]?.done, next.done])
  })

  test("lets questions before ingestion that waits longer, and equals in order of arrival", async () => {
    const limiter = createLimiter(1)
    const busy = hold(limiter, 1, "question")
    const order: string[] = []
    const queue = (name: string, priority: Priority) =>
      limiter.run({ wanted: 1, priority }, async () => void order.push(name))
    const all = [queue("i1", "ingestion"), queue("i2", "ingestion"), queue("q1", "question"), queue("q2", "question")]
    await busy.granted
    busy.end()
    await Promise.all(all)
    expect(order).toEqual(["q1", "q2", "i1", "i2"])
  })

  test("keeps a core of several free of ingestion for a second after a question", async () => {
    let time = 0
    const limiter = createLimiter(2, () => time)
    await limiter.run({ wanted: 1, priority: "question" }, async () => undefined)
    const first = hold(limiter, 1)
    const second = hold(limiter, 1)
    const third = hold(limiter, 1)
    let granted = 0
    for (const one of [first, second, third]) void one.granted.then(() => granted++)
    await first.granted
    time = 999
    first.end()
    await first.done
    await second.granted
    expect(granted).toBe(2)
    time = 1_000
    const fourth = hold(limiter, 1)
    await third.granted
    expect(granted).toBe(3)
    second.end()
    third.end()
    await fourth.granted
    fourth.end()
    await Promise.all([second.done, third.done, fourth.done])
  })

  test("lets ingestion use the only core as soon as no question does", async () => {
    const limiter = createLimiter(1, () => 0)
    await limiter.run({ wanted: 1, priority: "question" }, async () => undefined)
    expect(await limiter.run({ wanted: 1, priority: "ingestion" }, async (granted) => granted)).toBe(1)
  })

  test("throws cancelled for a signal that fires while it waits, and gives the place to the next", async () => {
    const limiter = createLimiter(1)
    const busy = hold(limiter, 1, "question")
    const controller = new AbortController()
    const waiting = limiter.run({ wanted: 1, priority: "question", signal: controller.signal }, async () => "ran")
    const next = limiter.run({ wanted: 1, priority: "question" }, async () => "next")
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: "cancelled" })
    await busy.granted
    busy.end()
    expect(await next).toBe("next")
  })

  test("throws cancelled for a signal that has fired, without running the work", async () => {
    let ran = false
    const request = { wanted: 1, priority: "question", signal: AbortSignal.abort() } as const
    const call = createLimiter(1).run(request, async () => {
      ran = true
    })
    await expect(call).rejects.toMatchObject({ code: "cancelled" })
    expect(ran).toBe(false)
  })

  test("frees the cores of work that fails", async () => {
    const limiter = createLimiter(1)
    const failing = limiter.run({ wanted: 1, priority: "question" }, () => Promise.reject(new Error("broken")))
    await expect(failing).rejects.toThrow("broken")
    expect(await limiter.run({ wanted: 1, priority: "question" }, async (granted) => granted)).toBe(1)
  })

  test.each([0, -1, 1.5, Number.NaN])("refuses %d cores", (cores) => {
    expect(() => createLimiter(cores)).toThrow(RangeError)
  })
})

test("leaseCores() has given its cores back when release() resolves, so that it can have all of them next", async () => {
  const limiter = createLimiter(2)
  const first = await leaseCores(limiter, 1)
  await first.release()
  const second = await leaseCores(limiter, 2)
  expect(second.cores).toBe(2)
  await second.release()
  await second.release()
})
