import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { createOcrHost, type OcrHost } from "../../ingest/ocr-host.ts"
import { createParserHost, type ParserHost } from "../../ingest/parser-host.ts"
import { createKnowledgeBase } from "../../src/app/create-knowledge-base.ts"
import type { KnowledgeBase } from "../../src/app/knowledge-base.ts"
import type { Parts } from "../../src/app/parts.ts"
import { IbidError } from "../../src/core/errors.ts"
import { packageRoot } from "../../src/core/package-root.ts"
import type { Embedder, Entailment, Generator, ModelStore, Reader } from "../../src/core/ports.ts"
import { type HeldRoles, UNMEASURED } from "../../src/core/roles.ts"
import type { IngestEvent, Log, Principal } from "../../src/core/types.ts"
import { openDatabase } from "../../src/db/client.ts"
import { createContentStore } from "../../src/db/files.ts"
import { createLanceIndex } from "../../src/engine/lance-index.ts"
import { createLimiter } from "../../src/engine/limiter.ts"
import { findModel, loadCatalogue, weightsHash } from "../../src/engine/models/catalogue.ts"
import { createLoraStore } from "../../src/engine/models/lora-store.ts"
import { createTransformersEmbedder } from "../../src/engine/transformers-embedder.ts"
import { createTransformersReader } from "../../src/engine/transformers-reader.ts"
import { createFakeModelStore } from "./fake-model-store.ts"

export const ADMIN: Principal = { id: "test", kind: "local", role: "admin", collections: "all" }

/** The bundled embedder and reader, for as many knowledge bases as a test file opens. */
export interface Models {
  readonly embedder: Embedder
  readonly reader: Reader
  dispose(): Promise<void>
}

const quiet: Log = () => undefined

export function openBundledModels(): Models {
  const catalogue = loadCatalogue()
  const embedderModel = findModel(catalogue.embedders, "all-minilm-l6-v2")
  const readerModel = findModel(catalogue.readers, "ibid-evidence-v1")
  const limiter = createLimiter(2)
  const folder = (name: string) => join(packageRoot, "data", "models", name)
  const embedder = createTransformersEmbedder({
    folder: folder(embedderModel.folder),
    model: { ...embedderModel, sha256: weightsHash(embedderModel) },
    ...{ limiter, processes: 1, log: quiet },
  })
  const reader = createTransformersReader({
    folder: folder(readerModel.folder),
    model: { ...readerModel, sha256: weightsHash(readerModel) },
    ...{ limiter, log: quiet },
  })
  return {
    embedder,
    reader,
    dispose: async () => {
      await embedder.dispose()
      await reader.dispose()
    },
  }
}

export interface TestBase {
  readonly kb: KnowledgeBase
  readonly parts: Parts
  /** All events of a run. */
  ingest(...paths: string[]): Promise<IngestEvent[]>
}

export interface TestBaseOptions {
  readonly generator?: Generator
  readonly roles?: HeldRoles
  readonly log?: Log
  readonly embedder?: Embedder
  readonly reader?: Reader | null
  readonly entailment?: Entailment
  readonly parserHost?: ParserHost
  readonly ocrHost?: OcrHost
  readonly maxQueuedJobs?: number
  readonly minFreeBytes?: number
  readonly build?: string
  readonly receipts?: Parts["receipts"]
  readonly modelStore?: ModelStore
}

/** A whole knowledge base on real SQL, real LanceDB and real parsers in a folder. */
export async function openTestBase(folder: string, models: Models, options: TestBaseOptions = {}): Promise<TestBase> {
  const log = options.log ?? quiet
  const database = await openDatabase(folder)
  const index = await createLanceIndex({
    folder: join(folder, "lance"),
    generation: "test",
    dimensions: models.embedder.dimensions,
    log,
  })
  const limits = { timeoutMs: 60_000, memoryMb: 1_024, log }
  const parserHost = options.parserHost ?? createParserHost(limits)
  const ocrHost = options.ocrHost ?? createOcrHost({ ...limits, languages: ["eng"], languageFolders: [] })
  const scratch = join(folder, "scratch")
  mkdirSync(scratch, { recursive: true })
  const parts: Parts = {
    ...{ database, index, parserHost, ocrHost, scratch, log },
    folder,
    minFreeBytes: options.minFreeBytes ?? 0,
    ...(options.maxQueuedJobs !== undefined && { maxQueuedJobs: options.maxQueuedJobs }),
    embedder: options.embedder ?? models.embedder,
    reader: options.reader === undefined ? models.reader : options.reader,
    entailment: options.entailment ?? null,
    generator: options.generator ?? null,
    generatorOf: async (id) => {
      if (options.generator?.modelId === id) return options.generator
      throw new IbidError("model-not-found", `Cannot find the model "${id}"`)
    },
    rolesOf: () => options.roles ?? UNMEASURED,
    modelStore: options.modelStore ?? createFakeModelStore(),
    loras: createLoraStore(folder),
    originals: createContentStore(join(folder, "blobs")),
    texts: createContentStore(join(folder, "texts")),
    maxFileBytes: 1_000_000,
    ...{ build: options.build ?? "test", hashOf: () => null },
    receipts: options.receipts ?? { most: 1_000, days: 90 },
    dispose: async () => {
      await ocrHost.dispose()
      await parserHost.dispose()
      await index.dispose()
      await database.dispose()
    },
  }
  const kb = await createKnowledgeBase(parts)
  return {
    kb,
    parts,
    ingest: async (...paths) => {
      const events: IngestEvent[] = []
      for await (const event of kb.ingest(paths, { principal: ADMIN })) {
        if (event.event !== "progress") events.push(event)
      }
      return events
    },
  }
}
