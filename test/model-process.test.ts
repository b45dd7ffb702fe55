import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, onTestFinished, test, vi } from "vitest"
import { createModelProcess, type ModelProcess, type ModelProcessOptions } from "../src/engine/model-process.ts"
import type { EchoRequest } from "./support/echo-child.ts"
import { temporaryFolder } from "./support/folder.ts"

const support = new URL("./support/", import.meta.url)

function openEcho(options: Partial<ModelProcessOptions<EchoRequest>> = {}): ModelProcess<EchoRequest, unknown> {
  const echo = createModelProcess<EchoRequest, unknown>({
    module: "echo-child",
    parentUrl: new URL("x.ts", support).href,
    load: { type: "load" },
    modelId: "echo",
    log: () => undefined,
    ...options,
  })
  onTestFinished(() => echo.dispose())
  return echo
}

describe("createModelProcess()", () => {
  test("carries typed arrays there and back", async () => {
    const echo = openEcho()
    expect(await echo.request({ type: "echo", vector: Float32Array.of(1, 2) })).toEqual(Float32Array.of(1, 2))
  })

  test("starts one child for many requests, with the first", async () => {
    const echo = openEcho()
    const pids = await Promise.all([1, 2, 3].map(() => echo.request({ type: "pid" })))
    expect(new Set(pids).size).toBe(1)
    expect(echo.pending).toBe(0)
  })

  test("hands on the code and message that the child throws", async () => {
    const call = openEcho().request({ type: "fail" })
    await expect(call).rejects.toMatchObject({ code: "invalid-request", message: "Cannot do that: it is wrong" })
  })

  test("fails with what loading the model fails with", async () => {
    const echo = openEcho({ load: { type: "load", fails: true } })
    await expect(echo.request({ type: "pid" })).rejects.toMatchObject({ code: "model-missing" })
  })

  test("makes a request once more when the child dies over it", async () => {
    const request = { type: "die-once", file: join(temporaryFolder(), "died") } as const
    expect(await openEcho().request(request)).toBe("alive")
  })

  test("fails with model-unavailable when the child dies twice over a request, and lives on", async () => {
    const echo = openEcho()
    const before = await echo.request({ type: "pid" })
    await expect(echo.request({ type: "die" })).rejects.toMatchObject({ code: "model-unavailable" })
    const after = await vi.waitFor(() => echo.request({ type: "pid" }), { timeout: 10_000 })
    expect(after).not.toBe(before)
  })

  test("does not start one child after the other while each dies", async () => {
    const echo = openEcho()
    await expect(echo.request({ type: "die" })).rejects.toMatchObject({ code: "model-unavailable" })
    const started = performance.now()
    await expect(echo.request({ type: "pid" })).rejects.toMatchObject({ code: "model-unavailable" })
    expect(performance.now() - started).toBeLessThan(100)
  })

  test("kills a child that does not answer", async () => {
    const echo = openEcho({ timeoutMs: 1_000 })
    await expect(echo.request({ type: "silence" })).rejects.toMatchObject({
      code: "model-unavailable",
      message: 'Cannot use the model "echo": its process does not answer',
    })
  })

  test("fails what waits when it is disposed of, and what comes later, and ends the child", async () => {
    const echo = openEcho()
    const pid = Number(await echo.request({ type: "pid" }))
    const waiting = expect(echo.request({ type: "silence" })).rejects.toMatchObject({ code: "model-unavailable" })
    await echo.dispose()
    await waiting
    expect(isRunning(pid)).toBe(false)
    await expect(echo.request({ type: "pid" })).rejects.toMatchObject({ code: "model-unavailable" })
  })

  test("an idle child does not keep its parent alive, and ends with it", async () => {
    const { code, pid } = await runParent("end")
    expect(code).toBe(0)
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 10_000 })
  })

  test("the child of a parent that was killed ends", async () => {
    const { signal, pid } = await runParent("crash")
    expect(signal).toBe("SIGKILL")
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 10_000 })
  })
})

async function runParent(ending: "end" | "crash") {
  const file = fileURLToPath(new URL("./support/echo-parent.ts", import.meta.url))
  const parent = spawn(process.execPath, ["--import", "tsx", file, ending], { stdio: ["ignore", "pipe", "inherit"] })
  onTestFinished(() => void parent.kill("SIGKILL"))
  let printed = ""
  parent.stdout.on("data", (piece: Buffer) => {
    printed += piece.toString()
  })
  const [code, signal] = (await once(parent, "close")) as [number | null, NodeJS.Signals | null]
  return { code, signal, pid: Number(printed) }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false // No such process.
  }
}
