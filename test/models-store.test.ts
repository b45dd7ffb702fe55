import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { describe, expect, test } from "vitest"
import { packageRoot } from "../src/core/package-root.ts"
import {
  type Catalogue,
  type CatalogueGenerator,
  type CatalogueOcrLanguage,
  findModel,
  loadCatalogue,
} from "../src/engine/models/catalogue.ts"
import { importModels } from "../src/engine/models/import.ts"
import { resolveGenerator } from "../src/engine/models/resolve.ts"
import { chooseFirstGenerator, listModels, needsGenerator, useModel, verifyModels } from "../src/engine/models/store.ts"
import { temporaryFolder } from "./support/folder.ts"
import { sha256Of } from "./support/package-index.ts"
import { tar } from "./support/tar.ts"
import { writeTinyGguf } from "./support/tiny-gguf.ts"

const real = loadCatalogue()
const CONTENT = { writer: Buffer.from("a model that writes"), quoter: Buffer.from("a model that does not") }
const generator = (id: keyof typeof CONTENT, roles: CatalogueGenerator["roles"]): CatalogueGenerator => ({
  ...findModel(real.generators, real.defaultGenerator),
  ...{ id, roles, file: `${id}.gguf`, bytes: CONTENT[id].length, sha256: sha256Of(CONTENT[id]) },
})
const LANGUAGE = Buffer.from("how letters of a language look")
const tinyLanguage: CatalogueOcrLanguage = {
  ...findModel(real.ocrLanguages, "ocr-deu"),
  ...{ id: "ocr-tin", language: "tin", file: "tessdata/tin.traineddata.gz" },
  ...{ bytes: LANGUAGE.length, sha256: sha256Of(LANGUAGE) },
}
/** Two small generators, of which none is the default, and a language, beside the real embedders and readers. */
const catalogue: Catalogue = {
  ...real,
  ocrLanguages: [tinyLanguage],
  generators: [...real.generators, generator("quoter", []), generator("writer", ["writer"])],
}

function folderWith(...ids: (keyof typeof CONTENT)[]): string {
  const folder = temporaryFolder()
  for (const id of ids) writeFileSync(join(folder, `${id}.gguf`), CONTENT[id])
  return folder
}

describe("loadCatalogue()", () => {
  test("has the measured roles of the two models that were measured, and null for the others", () => {
    const roles = Object.fromEntries(real.generators.map((model) => [model.id, model.roles]))
    expect(roles).toMatchObject({
      "qwen2.5-coder-0.5b-instruct-q4_k_m": ["writer"],
      "smollm2-135m-instruct-q4_1": [],
      "olmo-2-1b-instruct-q4_k_m": null,
    })
  })

  test("states the hashes of the models that come with the program", async () => {
    const checks = await verifyModels(real, temporaryFolder())
    expect(checks.map(({ state }) => state)).toEqual(checks.map(() => "ok"))
    expect(checks.map(({ file }) => file)).toContain(join("ibid-evidence-v1", "onnx", "model_quantized.onnx"))
  })

  test("throws model-damaged for a catalogue of another form", () => {
    const file = join(temporaryFolder(), "catalogue.json")
    writeFileSync(file, JSON.stringify({ ...real, defaultGenerator: undefined }))
    expect(() => loadCatalogue(file)).toThrow(expect.objectContaining({ code: "model-damaged" }))
  })

  test("findModel() throws model-not-found with the ids that there are", () => {
    expect(() => findModel(real.generators, "gpt")).toThrow(/"gpt".*qwen2\.5-coder-0\.5b.*smollm2/)
  })
})

describe("chooseFirstGenerator()", () => {
  const roomy = { freeMemoryBytes: 4e9, freeDiskBytes: 4e9 }
  test.each([
    ["a roomy machine", roomy, real.defaultGenerator],
    ["little memory", { ...roomy, freeMemoryBytes: 2e9 }, real.smallestGenerator],
    ["little disk", { ...roomy, freeDiskBytes: 1e9 }, real.smallestGenerator],
  ])("for %s", (_, machine, id) => {
    expect(chooseFirstGenerator(real, machine).id).toBe(id)
  })
})

describe("resolveGenerator()", () => {
  test("auto prefers the default, then a writer, then any that is installed, then none", () => {
    const resolve = (folder: string) => resolveGenerator("auto", folder, catalogue)
    const all = folderWith("writer", "quoter")
    expect(resolve(all)).toMatchObject({ type: "llama", id: "writer", sha256: sha256Of(CONTENT.writer) })
    writeFileSync(join(all, findModel(real.generators, real.defaultGenerator).file), "")
    expect(resolve(all)).toMatchObject({ id: real.defaultGenerator })
    expect(resolve(folderWith("quoter"))).toMatchObject({ id: "quoter", roles: [] })
    expect(resolve(folderWith())).toEqual({ type: "none" })
  })

  test("none is none, whatever is installed", () => {
    expect(resolveGenerator("none", folderWith("writer"), catalogue)).toEqual({ type: "none" })
  })

  test("throws model-missing with the command that helps for a named model that is absent", () => {
    expect(() => resolveGenerator("writer", folderWith(), catalogue)).toThrow(
      expect.objectContaining({ code: "model-missing", message: expect.stringContaining("ibid models pull writer") }),
    )
    expect(() => resolveGenerator("nonsense", folderWith(), catalogue)).toThrow(
      expect.objectContaining({ code: "model-not-found" }),
    )
  })

  test("takes any GGUF file by its path", () => {
    const file = join(temporaryFolder(), "own-model.gguf")
    writeTinyGguf(file)
    expect(resolveGenerator(file, folderWith(), catalogue)).toEqual({
      ...{ type: "llama", id: "own-model", file, roles: null, sha256: null },
    })
  })

  test("throws model-damaged for a file that is no GGUF, model-missing for none and for a folder", () => {
    const folder = temporaryFolder()
    const head = Buffer.alloc(24)
    head.write("GGUF")
    for (const [name, content] of [
      ["text", "a text, and a longer one than a header"],
      ["empty", ""],
      ["head", head],
    ] as const) {
      const file = join(folder, `${name}.gguf`)
      writeFileSync(file, content)
      expect(() => resolveGenerator(file, folder, catalogue)).toThrow(
        expect.objectContaining({ code: "model-damaged" }),
      )
    }
    for (const path of [join(folder, "none.gguf"), folder]) {
      expect(() => resolveGenerator(path, folder, catalogue)).toThrow(
        expect.objectContaining({ code: "model-missing" }),
      )
    }
  })

  test("reads openai:<base url>#<model>, and refuses what is not of that form", () => {
    expect(resolveGenerator("openai:http://127.0.0.1:8080/v1#some/model", folderWith(), catalogue)).toEqual({
      ...{ type: "openai", baseUrl: "http://127.0.0.1:8080/v1", model: "some/model" },
    })
    for (const setting of ["openai:", "openai:http://host", "openai:file:///etc/passwd#m", "openai:host#m"]) {
      expect(() => resolveGenerator(setting, folderWith(), catalogue)).toThrow(
        expect.objectContaining({ code: "invalid-request" }),
      )
    }
  })
})

describe("useModel()", () => {
  test("chooses what auto takes, quotes alone too, until auto is chosen again", async () => {
    const folder = folderWith("writer", "quoter")
    const inForce = () => resolveGenerator("auto", folder, catalogue)
    await useModel("quoter", catalogue, folder)
    expect(inForce()).toMatchObject({ id: "quoter" })
    await useModel("none", catalogue, folder)
    expect(inForce()).toEqual({ type: "none" })
    expect(needsGenerator(catalogue, folder)).toBe(false)
    await useModel("auto", catalogue, folder)
    expect(inForce()).toMatchObject({ id: "writer" })
  })

  test("keeps the choice when the new one is not installed", async () => {
    const folder = folderWith("writer")
    await useModel("writer", catalogue, folder)
    await expect(useModel("quoter", catalogue, folder)).rejects.toMatchObject({ code: "model-missing" })
    expect(readdirSync(folder).toSorted()).toEqual(["selected.json", "writer.gguf"])
    expect(JSON.parse(readFileSync(join(folder, "selected.json"), "utf8"))).toEqual({ generator: "writer" })
  })
})

const SETTINGS = {
  generator: "auto",
  embedder: "all-minilm-l6-v2",
  reader: "auto",
  nli: "none",
  ocrLanguages: ["eng", "deu"],
}

describe("listModels()", () => {
  test("has a language of recognition as in use where the settings name it, installed or not", async () => {
    const folder = temporaryFolder()
    const [german, french] = ["ocr-deu", "ocr-fra"].map((id) => findModel(real.ocrLanguages, id))
    mkdirSync(join(folder, "tessdata"))
    writeFileSync(join(folder, french?.file ?? ""), Buffer.alloc(french?.bytes ?? 0))
    const byId = new Map((await listModels(real, folder, SETTINGS)).map((model) => [model.id, model]))
    expect(byId.get("ocr-deu")).toMatchObject({ kind: "ocr", installed: false, inUse: true, bytes: german?.bytes })
    expect(byId.get("ocr-fra")).toMatchObject({ kind: "ocr", installed: true, inUse: false, licence: "MIT" })
  })

  test("tells what is installed and in use, with licence, openness and roles", async () => {
    const models = await listModels(catalogue, folderWith("quoter", "writer"), SETTINGS)
    const byId = new Map(models.map((model) => [model.id, model]))
    expect(byId.get("writer")).toMatchObject({ kind: "generator", installed: true, inUse: true, roles: ["writer"] })
    expect(byId.get("quoter")).toMatchObject({ installed: true, inUse: false, licence: "Apache-2.0" })
    expect(byId.get(real.defaultGenerator)).toMatchObject({ installed: false, inUse: false, bytes: 491_400_064 })
    expect(byId.get("all-minilm-l6-v2")).toMatchObject({ kind: "embedder", installed: true, inUse: true })
    expect(byId.get("bge-small-en-v1.5")).toMatchObject({ installed: false, openness: "open-weights" })
    expect(byId.get("ibid-evidence-v1")).toMatchObject({ kind: "reader", installed: true })
  })

  test.each([
    ["gone", JSON.stringify({ generator: "quoter" }), "model-missing"],
    ["broken", "{", "model-damaged"],
  ])("works where the choice is %s, which a start refuses", async (_, content, code) => {
    const folder = folderWith("writer")
    writeFileSync(join(folder, "selected.json"), content)
    const listed = await listModels(catalogue, folder, SETTINGS)
    expect(listed.every(({ kind, inUse }) => kind !== "generator" || !inUse)).toBe(true)
    expect(() => resolveGenerator("auto", folder, catalogue)).toThrow(expect.objectContaining({ code }))
  })
})

describe("verifyModels()", () => {
  test("tells whole from damaged and missing", async () => {
    const folder = folderWith("writer", "quoter")
    writeFileSync(join(folder, "quoter.gguf"), Buffer.alloc(CONTENT.quoter.length))
    mkdirSync(join(folder, "bge-small-en-v1.5"))
    const states = new Map((await verifyModels(catalogue, folder)).map(({ file, state }) => [file, state]))
    expect(states.get("writer.gguf")).toBe("ok")
    expect(states.get("quoter.gguf")).toBe("damaged")
    expect(states.get(join("bge-small-en-v1.5", "tokenizer.json"))).toBe("missing")
    expect(states.has("SmolLM2-135M-Instruct.Q4_1.gguf")).toBe(false)
  })
})

describe("importModels()", () => {
  test("knows a file by its hash, whatever it is called", async () => {
    const source = join(temporaryFolder(), "renamed-by-somebody.bin")
    writeFileSync(source, CONTENT.writer)
    const folder = temporaryFolder()
    expect(await importModels(source, catalogue, folder)).toEqual([{ id: "writer", file: "writer.gguf" }])
    expect(readFileSync(join(folder, "writer.gguf")).equals(CONTENT.writer)).toBe(true)
    expect(readdirSync(folder)).toEqual(["writer.gguf"])
  })

  test("finds models in the folders of a folder, those of several files too", async () => {
    const folder = temporaryFolder()
    const bundled = join(packageRoot, "data", "models", "all-MiniLM-L6-v2")
    const imported = await importModels(bundled, catalogue, folder)
    expect(new Set(imported.map(({ id }) => id))).toContain("all-minilm-l6-v2")
    const state = (await verifyModels(catalogue, folder)).filter(({ id }) => id === "all-minilm-l6-v2")
    expect(state.map((check) => check.state)).toEqual(["ok", "ok", "ok", "ok"])
  })

  test.each(["models.tar", "models.tar.gz"])("takes them out of %s", async (name) => {
    const bytes = await tar([
      [{ name: "readme.txt" }, Buffer.from("by hand")],
      [{ name: "models", type: "directory" }],
      [{ name: "models/w.gguf" }, CONTENT.writer],
      [{ name: "models/q.gguf" }, CONTENT.quoter],
    ])
    const source = join(temporaryFolder(), name)
    writeFileSync(source, name.endsWith(".gz") ? gzipSync(bytes) : bytes)
    const folder = temporaryFolder()
    const imported = await importModels(source, catalogue, folder)
    expect(imported.map(({ id }) => id)).toEqual(["writer", "quoter"])
    expect(readdirSync(folder).toSorted()).toEqual(["quoter.gguf", "writer.gguf"])
  })

  test("takes a language out of the package of npm, and verifyModels() checks it", async () => {
    const source = join(temporaryFolder(), "data-tin-1.0.0.tgz")
    const packed = await tar([
      [{ name: "package/package.json" }, Buffer.from("{}")],
      [{ name: "package/4.0.0_best_int/tin.traineddata.gz" }, LANGUAGE],
    ])
    writeFileSync(source, gzipSync(packed))
    const folder = temporaryFolder()
    const file = "tessdata/tin.traineddata.gz"
    expect(await importModels(source, catalogue, folder)).toEqual([{ id: "ocr-tin", file }])
    const state = async () => (await verifyModels(catalogue, folder)).find(({ id }) => id === "ocr-tin")
    expect(await state()).toEqual({ id: "ocr-tin", file, state: "ok" })
    writeFileSync(join(folder, file), "damaged")
    expect(await state()).toMatchObject({ state: "damaged" })
  })

  test("writes nothing outside of its folder, whatever an archive's names and links say", async () => {
    const parent = temporaryFolder()
    const folder = join(parent, "models")
    const source = join(temporaryFolder(), "evil.tar")
    const bytes = await tar([
      [{ name: "../../escaped.gguf" }, CONTENT.writer],
      [{ name: join(parent, "absolute.gguf") }, CONTENT.quoter],
      [{ name: "link", type: "symlink", linkname: "/etc/passwd" }],
    ])
    writeFileSync(source, bytes)
    await importModels(source, catalogue, folder)
    expect(readdirSync(parent)).toEqual(["models"])
    expect(readdirSync(folder).toSorted()).toEqual(["quoter.gguf", "writer.gguf"])
    expect(existsSync(join(parent, "..", "escaped.gguf"))).toBe(false)
  })

  test("refuses a GGUF file that it does not know, with its hash", async () => {
    const source = join(temporaryFolder(), "foreign.gguf")
    writeFileSync(source, "foreign")
    const folder = temporaryFolder()
    await expect(importModels(source, catalogue, folder)).rejects.toMatchObject({
      ...{ code: "model-damaged", message: expect.stringContaining(sha256Of(Buffer.from("foreign"))) },
    })
    expect(readdirSync(folder)).toEqual([])
  })

  test("refuses a file of the right size and another hash", async () => {
    const source = join(temporaryFolder(), "writer.gguf")
    writeFileSync(source, Buffer.alloc(CONTENT.writer.length))
    await expect(importModels(source, catalogue, temporaryFolder())).rejects.toMatchObject({ code: "model-damaged" })
  })

  test("throws model-damaged for a broken archive, path-not-found for nothing, cancelled for a fired signal", async () => {
    const whole = gzipSync(await tar([[{ name: "w.gguf" }, CONTENT.writer]]))
    const source = join(temporaryFolder(), "cut.tar.gz")
    writeFileSync(source, whole.subarray(0, whole.length / 2))
    const folder = temporaryFolder()
    await expect(importModels(source, catalogue, folder)).rejects.toMatchObject({ code: "model-damaged" })
    await expect(importModels("/nowhere", catalogue, folder)).rejects.toMatchObject({ code: "path-not-found" })
    const known = join(folderWith("writer"), "writer.gguf")
    const cancelled = importModels(known, catalogue, folder, AbortSignal.abort())
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" })
    expect(readdirSync(folder)).toEqual([])
  })
})
