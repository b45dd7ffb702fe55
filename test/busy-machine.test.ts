import { describe, expect, test } from "vitest"
import { createBusyMachine } from "../src/engine/busy-machine.ts"

function openMachine() {
  let cpuMs = 0
  let clockMs = 0
  const machine = createBusyMachine(
    () => cpuMs,
    () => clockMs,
  )
  return {
    machine,
    wait(wallMs: number) {
      clockMs += wallMs
    },
    slice(threads: number, wallMs: number, usedMs: number) {
      machine.begin(threads)
      clockMs += wallMs
      cpuMs += usedMs
      machine.end()
    },
  }
}

describe("createBusyMachine()", () => {
  test("takes all threads while its slices get the processor time that they could have", () => {
    const { machine, slice } = openMachine()
    expect(machine.threads(2)).toBe(2)
    slice(2, 100, 196)
    expect(machine.threads(2)).toBe(2)
  })

  test("takes one thread when others use the cores, and all again after three seconds", () => {
    const { machine, slice, wait } = openMachine()
    slice(2, 100, 140)
    expect(machine.threads(2)).toBe(1)
    wait(2_999)
    expect(machine.threads(2)).toBe(1)
    wait(2)
    expect(machine.threads(2)).toBe(2)
  })

  test("learns nothing from one thread, nor from a slice that is too short", () => {
    const { machine, slice } = openMachine()
    slice(1, 100, 20)
    slice(2, 3, 0)
    expect(machine.threads(2)).toBe(2)
  })
})
