import { execFile } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { expect, onTestFinished, test } from "vitest"
import { packageRoot } from "../../src/core/package-root.ts"
import type { Calibration } from "../../src/core/roles.ts"
import { findModel, loadCatalogue } from "../../src/engine/models/catalogue.ts"

const catalogue = loadCatalogue()
const model = findModel(catalogue.generators, catalogue.defaultGenerator)
const file = join(packageRoot, "data", "models", model.file)

test("the default model is measured on the whole bundled set, with its hash, and its position habit is named", async ({
  skip,
}) => {
  if (!existsSync(file)) skip(`${model.id} is not there: ibid models pull ${model.id}`)
  const folder = mkdtempSync(join(tmpdir(), "ibid-calibrate-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, "models"))
  symlinkSync(file, join(folder, "models", model.file))
  const environment = { ...process.env, IBID_MODELS: join(folder, "models") }
  const command = ["models", "calibrate", model.id, "--minutes", "50", "--json"]
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(packageRoot, "dist", "src", "cli.js"), ...command],
    { env: environment },
  )
  const { leftOut, sha256, writer, verifier, ranker, held }: Calibration = JSON.parse(stdout)
  expect([leftOut, sha256]).toEqual([0, model.sha256])
  expect(writer.passes.value).toBeGreaterThan(0.6)
  expect(writer.words).toBeLessThan(writer.quoteWords)
  expect(verifier.verdict.value).toBeGreaterThan(0.55)
  expect(ranker).toMatchObject({ isGranted: false, hasPositionHabit: true })
  expect([held.isWriter, held.verifier !== null]).toEqual([writer.isGranted, verifier.isGranted])
})
