import { afterEach, describe, expect, test, vi } from "vitest"
import { IbidError } from "../src/core/errors.ts"
import { createEventLog, type EventLogOptions, type Frame } from "../src/http/event-log.ts"
import { gate } from "./support/http-front.ts"

afterEach(() => {
  vi.useRealTimers()
})

const frame = (sequence: number, data = ""): Frame => ({ sequence, type: "delta", data })
const options: EventLogOptions = {
  graceMs: 500,
  toLastFrame: (thrown, sequence) => ({ sequence, type: "error", data: String((thrown as Error).message) }),
}
const listening = () => new AbortController().signal

async function numbers(frames: AsyncIterable<Frame>): Promise<number[]> {
  const read: number[] = []
  for await (const { sequence } of frames) read.push(sequence)
  return read
}

/** A flow that counts how far it has come and writes until it is stopped. */
function endless(data: string) {
  const state = { written: 0, isEnded: false }
  const flow = async function* (signal: AbortSignal) {
    try {
      for (;;) {
        if (signal.aborted) throw new IbidError("cancelled", "The request was cancelled")
        yield frame(++state.written, data)
      }
    } finally {
      state.isEnded = true
    }
  }
  return { state, flow }
}

describe("createEventLog()", () => {
  test("gives a reader what was written before, and what is written meanwhile", async () => {
    const more = gate()
    const log = createEventLog(async function* () {
      yield frame(1)
      yield frame(2)
      await more.opened
      yield frame(3)
    }, options)
    await vi.waitFor(() => expect(log.last()).toBe(2))
    const read = numbers(log.read(1, listening()))
    more.open()
    expect(await read).toEqual([2, 3])
    expect(await numbers(log.read(0, listening()))).toEqual([1, 2, 3])
  })

  test("ends the former reader when a new one comes", async () => {
    const end = gate()
    const log = createEventLog(async function* () {
      yield frame(1)
      await end.opened
      yield frame(2)
    }, options)
    const former = numbers(log.read(0, listening()))
    await vi.waitFor(() => expect(log.last()).toBe(1))
    const present = numbers(log.read(0, listening()))
    expect(await former).toEqual([1])
    end.open()
    expect(await present).toEqual([1, 2])
  })

  test("throws to its reader what comes before the first frame, and writes down what comes after it", async () => {
    const early = createEventLog(async function* () {
      yield* [] as Frame[]
      throw new IbidError("model-not-found", "no model")
    }, options)
    await expect(numbers(early.read(0, listening()))).rejects.toMatchObject({ code: "model-not-found" })
    const late = createEventLog(async function* () {
      yield frame(1)
      throw new IbidError("model-unavailable", "no model")
    }, options)
    expect(await numbers(late.read(0, listening()))).toEqual([1, 2])
    expect(late.kept().at(-1)).toEqual({ sequence: 2, type: "error", data: "no model" })
  })

  test("waits for a reader that takes nothing instead of keeping more and more, then stops", async () => {
    vi.useFakeTimers()
    const { state, flow } = endless("x".repeat(100))
    const log = createEventLog(flow, { ...options, mostBytes: 2_000, stalledMs: 15_000 })
    const reader = log.read(0, listening())
    await reader.next()
    await vi.advanceTimersByTimeAsync(14_000)
    // 200 bytes each: ten stand within the bound, the one that broke it is the last
    expect([state.written, log.sizeBytes()]).toEqual([11, 2_200])
    await vi.advanceTimersByTimeAsync(1_500)
    expect([state.isEnded, log.hasEnded(), log.kept().at(-1)?.type]).toEqual([true, true, "error"])
    expect(log.kept().at(-1)?.data).toMatch(/nobody has read it/)
  })

  test("forgets what was read over the bound, so that a long stream flows through a small memory", async () => {
    const { flow } = endless("x".repeat(100))
    const log = createEventLog(flow, { ...options, mostBytes: 2_000 })
    const leave = new AbortController()
    let largest = 0
    for await (const { sequence } of log.read(0, leave.signal)) {
      largest = Math.max(largest, log.sizeBytes())
      if (sequence === 500) break
    }
    expect(largest).toBeLessThanOrEqual(2_200)
    expect(log.kept()[0]?.sequence).toBeGreaterThan(480)
  })

  test("stops a flow half a second after its reader has left, and not before", async () => {
    vi.useFakeTimers()
    const stopped: unknown[] = []
    const log = createEventLog(async function* (signal) {
      yield frame(1)
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }))
      stopped.push(signal.reason)
      throw new IbidError("cancelled", "The request was cancelled")
    }, options)
    const leave = new AbortController()
    const read = numbers(log.read(0, leave.signal))
    await vi.advanceTimersByTimeAsync(10_000)
    leave.abort()
    await vi.advanceTimersByTimeAsync(450)
    expect([await read, stopped, log.hasEnded()]).toEqual([[1], [], false])
    await vi.advanceTimersByTimeAsync(100)
    expect([stopped, log.hasEnded()]).toMatchObject([[{ code: "cancelled" }], true])
    expect(log.kept().at(-1)?.data).toMatch(/its reader has gone; ask again/)
  })

  test("goes on when the reader is back in time", async () => {
    vi.useFakeTimers()
    const end = gate()
    const log = createEventLog(async function* (signal) {
      yield frame(1)
      await end.opened
      if (signal.aborted) throw new IbidError("cancelled", "The request was cancelled")
      yield frame(2)
    }, options)
    const leave = new AbortController()
    const first = numbers(log.read(0, leave.signal))
    await vi.advanceTimersByTimeAsync(1)
    leave.abort()
    await vi.advanceTimersByTimeAsync(450)
    const second = numbers(log.read(1, listening()))
    await vi.advanceTimersByTimeAsync(10_000)
    end.open()
    expect([await first, await second, log.kept().length]).toEqual([[1], [2], 2])
  })
})
