import { describe, expect, test } from "vitest"
import { createBusyMachine } from "../src/engine/busy-machine.ts"

function openMachine(cores = 2, quota = Number.POSITIVE_INFINITY) {
  let [nowMs, busyMs, ownMs] = [0, 0, 0]
  const machine = createBusyMachine(() => ({ cores, nowMs, busyMs, ownMs }), quota)
  machine.watch()
  return {
    machine,
    /** Lets time pass, in which this process and others use so many cores. */
    pass(ms: number, own: number, others: number) {
      nowMs += ms
      ownMs += ms * own
      busyMs += ms * (own + others)
    },
  }
}

describe("createBusyMachine()", () => {
  test("begins with one thread, and takes all that are wanted once it has seen that others leave the cores", () => {
    const { machine, pass } = openMachine()
    expect(machine.threads(2)).toBe(1)
    pass(100, 1, 0.1)
    expect(machine.threads(2)).toBe(2)
    pass(300, 1.8, 0.2)
    expect(machine.threads(2)).toBe(2)
    expect(machine.threads(1)).toBe(1)
  })

  test("takes one thread while others use the cores, and all again when they have ended", () => {
    const { machine, pass } = openMachine()
    pass(200, 1, 1)
    expect(machine.threads(2)).toBe(1)
    pass(200, 1, 0.6)
    expect(machine.threads(2)).toBe(1)
    pass(200, 1, 0)
    expect(machine.threads(2)).toBe(2)
  })

  test("takes the cores that others leave, and at least one", () => {
    const { machine, pass } = openMachine(8)
    pass(200, 1, 2.2)
    expect(machine.threads(8)).toBe(6)
    expect(machine.threads(4)).toBe(4)
    pass(200, 1, 8)
    expect(machine.threads(8)).toBe(1)
  })

  test("takes no more cores than it may have, however many are free", () => {
    const { machine, pass } = openMachine(16, 2)
    pass(200, 1, 3)
    expect(machine.threads(16)).toBe(2)
  })

  test("says what it said before until it has looked for long enough, also over several slices", () => {
    const { machine, pass } = openMachine()
    for (const expected of [1, 1, 2]) {
      pass(40, 1, 0)
      expect(machine.threads(2)).toBe(expected)
    }
    pass(99, 1, 1)
    expect(machine.threads(2)).toBe(2)
    machine.watch()
    expect(machine.threads(2)).toBe(1)
  })

  test("takes all cores as free where the system does not tell what others use", () => {
    let nowMs = 0
    const machine = createBusyMachine(() => ({ cores: 2, nowMs, busyMs: 0, ownMs: nowMs }))
    machine.watch()
    nowMs = 200
    expect(machine.threads(2)).toBe(2)
  })
})
