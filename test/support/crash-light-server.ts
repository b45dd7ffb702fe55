/** Entry of a server that starts fast: real SQL, real index, real HTTP, a hashed embedder and parsers in the process. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createKnowledgeBase } from "../../src/app/create-knowledge-base.ts"
import { armCrashPoint } from "../../src/core/crash-point.ts"
import { IbidError } from "../../src/core/errors.ts"
import { UNMEASURED } from "../../src/core/roles.ts"
import type { Log } from "../../src/core/types.ts"
import { openDatabase } from "../../src/db/client.ts"
import { createContentStore } from "../../src/db/files.ts"
import { lockDataFolder } from "../../src/db/lock.ts"
import { createLanceIndex } from "../../src/engine/lance-index.ts"
import { createHttpApp } from "../../src/http/app.ts"
import { startServer } from "../../src/http/server.ts"
import { createEmbedderOfChildren } from "./children-embedder.ts"
import { createCrashOcr, createCrashParser } from "./crash-parser.ts"
import { createFakeEmbedder } from "./fake-embedder.ts"
import { createFakeModelStore } from "./fake-model-store.ts"

const { IBID_DATA: data = "", IBID_CRASH_POINT: armed, IBID_MIN_FREE_BYTES: minFreeBytes = "0" } = process.env
const { CRASH_EMBEDDER_CHILD: withChild } = process.env
if (armed !== undefined) armCrashPoint(armed)
const log: Log = (level, message, fields) => {
  if (level === "error") process.stderr.write(`${message} ${String(fields?.["error"])}\n`)
}
const lock = await lockDataFolder(data)
const database = await openDatabase(data)
const embedder = withChild === undefined ? createFakeEmbedder(32) : createEmbedderOfChildren(data)
const index = await createLanceIndex({
  ...{ folder: join(data, "lance"), generation: "test", dimensions: embedder.dimensions, log },
})
const scratch = join(data, "scratch")
rmSync(scratch, { recursive: true, force: true })
mkdirSync(scratch, { recursive: true })
const kb = await createKnowledgeBase({
  ...{ folder: data, database, index, embedder, scratch, log, reader: null, entailment: null, generator: null },
  ...{ parserHost: createCrashParser(), ocrHost: createCrashOcr() },
  originals: createContentStore(join(data, "blobs")),
  texts: createContentStore(join(data, "texts")),
  maxFileBytes: 10_000_000,
  minFreeBytes: Number(minFreeBytes),
  ...{ build: "test", hashOf: () => null, receipts: { most: 1_000, days: 90 } },
  rolesOf: () => UNMEASURED,
  modelStore: createFakeModelStore(),
  generatorOf: async (id) => {
    throw new IbidError("model-not-found", `Cannot find the model "${id}"`)
  },
  dispose: async () => {
    await index.dispose()
    await embedder.dispose()
    await database.dispose()
    lock.release()
  },
})
const token = "ibid_local_crash"
const limits = { maxBodyBytes: 10_000_000, answerTimeoutMs: 60_000 }
const app = createHttpApp(kb, { ...limits, host: "127.0.0.1", localToken: token, log, version: "0.0.0" })
const server = await startServer(app, { host: "127.0.0.1", port: 0 })
writeFileSync(join(data, "server.json"), JSON.stringify({ address: server.address, token }))
kb.resume()
process.stdout.write("Ctrl-C stops it.\n")
process.once("SIGTERM", () => {
  void server.close().then(async () => {
    await kb.dispose()
    process.exit(0)
  })
})
