import { readFileSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { type Calibration, namesOfRoles } from "../src/core/roles.ts"
import { loadCatalogue } from "../src/engine/models/catalogue.ts"
import { hashFile } from "../src/engine/models/files.ts"
import { resolveGenerator } from "../src/engine/models/resolve.ts"
import { type OpenGenerator, rolesInForce, saveCalibration } from "../src/engine/models/roles.ts"
import { listModels } from "../src/engine/models/store.ts"
import { temporaryFolder } from "./support/folder.ts"
import { writeTinyGguf } from "./support/tiny-gguf.ts"

const catalogue = loadCatalogue()
const HELD = { isWriter: false, verifier: { weight: 2, centre: -1, sentenceWeight: 0 }, ranker: null }

async function calibratedModel() {
  const folder = temporaryFolder()
  const file = join(folder, "tiny.gguf")
  writeTinyGguf(file)
  const generator = resolveGenerator(file, folder, catalogue) as OpenGenerator
  const calibration = { sha256: await hashFile(file), measuredAt: "2026-11-27T12:00:00.000Z", held: HELD }
  await saveCalibration(generator, calibration as unknown as Calibration, folder)
  const listed = async () => {
    const settings = {
      generator: file,
      embedder: "all-minilm-l6-v2",
      reader: "auto",
      nli: "none",
      ocrLanguages: ["eng"],
    }
    return (await listModels(catalogue, folder, settings)).find(({ id }) => id === "tiny")
  }
  return { folder, file, calibration, listed, inForce: () => rolesInForce(generator, folder, catalogue) }
}

describe("rolesInForce()", () => {
  test("are the ones of the calibration, with the hash that was measured", async () => {
    const { calibration, inForce, listed } = await calibratedModel()
    const { sha256, measuredAt } = calibration
    expect(await inForce()).toEqual({ held: HELD, from: "calibration", sha256, measuredAt })
    expect(await listed()).toMatchObject({ inUse: true, roles: ["verifier"], rolesFrom: "calibration" })
  })

  test("are lost when the weights change", async () => {
    const { file, inForce, listed } = await calibratedModel()
    const bytes = readFileSync(file)
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    writeFileSync(file, bytes)
    utimesSync(file, new Date(), new Date(Date.now() + 5_000))
    expect(await inForce()).toMatchObject({ from: "changed", held: { isWriter: true, verifier: null, ranker: null } })
    expect(await listed()).toMatchObject({ roles: null, rolesFrom: "changed" })
  })

  test("stay when the same bytes are written again", async () => {
    const { file, inForce } = await calibratedModel()
    const before = statSync(file).mtimeMs
    writeFileSync(file, readFileSync(file))
    utimesSync(file, new Date(), new Date(before + 60_000))
    expect(await inForce()).toMatchObject({ from: "calibration", held: HELD })
  })

  test("of a server belong to its address and the model's name", async () => {
    const folder = temporaryFolder()
    const [one, other] = ["openai:http://127.0.0.1:1/v1#a", "openai:http://127.0.0.1:2/v1#a"].map(
      (setting) => resolveGenerator(setting, folder, catalogue) as OpenGenerator,
    ) as [OpenGenerator, OpenGenerator]
    const calibration = { sha256: null, measuredAt: "2026-11-27T12:00:00.000Z", held: HELD }
    await saveCalibration(one, calibration as unknown as Calibration, folder)
    expect(await rolesInForce(one, folder, catalogue)).toMatchObject({ from: "calibration", sha256: null })
    expect(await rolesInForce(other, folder, catalogue)).toMatchObject({ from: "not-measured" })
  })

  test("are those of the catalogue where nothing was measured here", async () => {
    const folder = temporaryFolder()
    for (const model of catalogue.generators) {
      const { id, roles, sha256 } = model
      const generator: OpenGenerator = { type: "llama", id, file: join(folder, model.file), roles, sha256 }
      const { held, from } = await rolesInForce(generator, folder, catalogue)
      expect(from).toBe(roles === null ? "not-measured" : "catalogue")
      // a verifier of which nobody has said how its verdict counts says nothing
      const known = (roles ?? ["writer"]).filter((role) => role !== "verifier" || model.verifier !== undefined)
      expect(namesOfRoles(held)).toEqual(known)
    }
  })

  test("throws model-damaged for a broken file of roles, with the way out", async () => {
    const { folder, inForce } = await calibratedModel()
    writeFileSync(join(folder, "roles", "tiny.json"), "{")
    await expect(inForce()).rejects.toMatchObject({
      code: "model-damaged",
      message: expect.stringContaining("calibrate"),
    })
  })
})
