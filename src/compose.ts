import { existsSync, mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { CHUNKER_VERSION } from "../ingest/chunk.ts"
import { createOcrHost } from "../ingest/ocr-host.ts"
import { createParserHost } from "../ingest/parser-host.ts"
import { createKnowledgeBase } from "./app/create-knowledge-base.ts"
import type { KnowledgeBase } from "./app/knowledge-base.ts"
import { type Config, ocrLanguagesOf } from "./config.ts"
import { armCrashPoint } from "./core/crash-point.ts"
import { sha256 } from "./core/hash.ts"
import { packageRoot } from "./core/package-root.ts"
import type { Generator, Reader } from "./core/ports.ts"
import { type HeldRoles, namesOfRoles, UNMEASURED } from "./core/roles.ts"
import type { Log } from "./core/types.ts"
import { buildId } from "./core/version.ts"
import { openDatabase } from "./db/client.ts"
import { createContentStore } from "./db/files.ts"
import { lockDataFolder } from "./db/lock.ts"
import { createCrossEncoderReader } from "./engine/cross-encoder-reader.ts"
import { createLanceIndex } from "./engine/lance-index.ts"
import { createLimiter, type Limiter } from "./engine/limiter.ts"
import { createLlamaGenerator } from "./engine/llama-generator.ts"
import { type Catalogue, findModel, loadCatalogue, weightsHash } from "./engine/models/catalogue.ts"
import { createLoraStore } from "./engine/models/lora-store.ts"
import { createModelStore } from "./engine/models/model-store.ts"
import { type ResolvedGenerator, resolveGenerator } from "./engine/models/resolve.ts"
import { resolveEntailment } from "./engine/models/resolve-entailment.ts"
import { type ResolvedReader, resolveReader } from "./engine/models/resolve-reader.ts"
import { type OpenGenerator, rolesInForce } from "./engine/models/roles.ts"
import { createOpenAiGenerator } from "./engine/openai-generator.ts"
import { createTransformersEmbedder } from "./engine/transformers-embedder.ts"
import { createTransformersEntailment } from "./engine/transformers-entailment.ts"
import { createTransformersReader } from "./engine/transformers-reader.ts"

const CONTEXT_TOKENS = 2_048

/**
 * The composition root: takes the data folder, opens what is in it and ties core and engines together. Engines load
 * their native libraries on first use. To be calibrated, a generator is opened whatever roles it holds. Throws `data-folder-in-use`, `data-folder-newer`, `data-folder-damaged`,
 * `model-not-found`, `model-missing`, `model-damaged`.
 */
export async function compose(
  config: Config,
  {
    log,
    isCalibrating = false,
    environment = {},
  }: {
    readonly log: Log
    readonly isCalibrating?: boolean
    /** Names indexes, mirrors and proxies for who pulls a model. */
    readonly environment?: Readonly<Record<string, string | undefined>>
  },
): Promise<KnowledgeBase> {
  if (config.crashPoint !== undefined) armCrashPoint(config.crashPoint)
  const catalogue = loadCatalogue()
  const embedderModel = findModel(catalogue.embedders, config.embedder)
  const resolvedReader = await resolveReader(config.reader, catalogue)
  const entailmentModel = await resolveEntailment(config.nli)
  const resolved = resolveGenerator(config.generator, config.models, catalogue)

  const lock = await lockDataFolder(config.data)
  const opened: (() => Promise<void> | void)[] = [() => lock.release()]
  try {
    const database = await openDatabase(config.data)
    opened.push(() => database.dispose())
    const limiter = createLimiter(config.threads)
    const embedder = createTransformersEmbedder({
      folder: modelFolder(config, embedderModel.folder),
      model: { ...embedderModel, sha256: weightsHash(embedderModel) },
      ...{ limiter, log, processes: config.threads },
    })
    opened.push(() => embedder.dispose())
    const reader = openReader(resolvedReader, config, limiter, log)
    if (reader !== null) opened.push(() => reader.dispose())
    const entailment =
      entailmentModel === null ? null : createTransformersEntailment({ model: entailmentModel, limiter, log })
    if (entailment !== null) opened.push(() => entailment.dispose())
    const index = await createLanceIndex({
      folder: join(config.data, "lance"),
      generation: `chunks-${sha256(`${embedder.fingerprint}\0${CHUNKER_VERSION}`).slice(0, 12)}`,
      dimensions: embedder.dimensions,
      log,
    })
    opened.push(() => index.dispose())
    const parserHost = createParserHost({ timeoutMs: config.parseTimeoutMs, memoryMb: config.parseMemoryMb, log })
    opened.push(() => parserHost.dispose())
    const ocrHost = createOcrHost({
      languages: ocrLanguagesOf(config),
      languageFolders: [join(config.models, "tessdata")],
      ...{ timeoutMs: config.ocrTimeoutMs, memoryMb: config.parseMemoryMb, log },
    })
    opened.push(() => ocrHost.dispose())

    const roles = new Map<string, HeldRoles>()
    const hashes = publishedHashes(catalogue)
    if (resolvedReader.type === "cross-encoder") hashes.set(resolvedReader.model.id, resolvedReader.model.sha256)
    if (entailmentModel !== null) hashes.set(entailmentModel.id, entailmentModel.sha256)
    const openEarned = async (wanted: ResolvedGenerator): Promise<Generator | null> => {
      if (wanted.type === "none") return null
      const { held, sha256: measured } = await rolesInForce(wanted, config.models, catalogue)
      const id = wanted.type === "llama" ? wanted.id : wanted.model
      roles.set(id, held)
      if (measured !== null) hashes.set(id, measured)
      if (!isCalibrating && namesOfRoles(held).length === 0) {
        log("warn", "the language model has earned no role: answers are quotes", { model: id })
        return null
      }
      return openGenerator(wanted, config, limiter, log)
    }
    const generators = new Map<string, Generator | null>()
    const generatorOf = async (id: string): Promise<Generator | null> => {
      const known = generators.get(id)
      if (known !== undefined) return known
      const generator = await openEarned(resolveGenerator(id, config.models, catalogue))
      generators.set(id, generator)
      if (generator !== null) opened.push(() => generator.dispose())
      return generator
    }
    const generator = await openEarned(resolved)
    if (generator !== null) {
      generators.set(generator.modelId, generator)
      opened.push(() => generator.dispose())
    }
    return await createKnowledgeBase({
      ...{ database, index, embedder, reader, entailment, generator, generatorOf, parserHost, ocrHost, log },
      folder: config.data,
      originals: createContentStore(join(config.data, "blobs")),
      texts: createContentStore(join(config.data, "texts")),
      scratch: emptyFolder(join(config.data, "scratch")),
      modelStore: createModelStore({
        ...{ catalogue, folder: config.models, environment },
        settings: { ...config, ocrLanguages: ocrLanguagesOf(config) },
      }),
      maxFileBytes: config.maxFileBytes,
      minFreeBytes: config.minFreeBytes,
      maxQueuedJobs: config.maxQueuedJobs,
      build: buildId(),
      hashOf: (id) => hashes.get(id) ?? null,
      rolesOf: (id) => roles.get(id) ?? UNMEASURED,
      loras: createLoraStore(config.data),
      receipts: { most: config.receipts, days: config.receiptDays },
      dispose: () => closeAll(opened),
    })
  } catch (thrown) {
    await closeAll(opened)
    throw thrown
  }
}

/** The hashes that models were published with, by id; a file that is not of the catalogue has none. */
function publishedHashes(catalogue: Catalogue): Map<string, string | null> {
  const folders = [...catalogue.embedders, ...catalogue.readers].map((model) => [model.id, weightsHash(model)] as const)
  const files = catalogue.generators.map((model) => [model.id, model.sha256] as const)
  return new Map<string, string | null>([...folders, ...files])
}

/** What a process that was killed has left there is of no use to anybody. */
function emptyFolder(folder: string): string {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}

function openReader(resolved: ResolvedReader, config: Config, limiter: Limiter, log: Log): Reader | null {
  switch (resolved.type) {
    case "none":
      return null
    case "cross-encoder":
      return createCrossEncoderReader({ model: resolved.model, limiter, log })
    case "catalogue": {
      const { id, folder, maxTokens } = resolved.model
      const model = { id, maxTokens, sha256: weightsHash(resolved.model) }
      return createTransformersReader({ folder: modelFolder(config, folder), model, limiter, log })
    }
  }
}

function openGenerator(resolved: OpenGenerator, config: Config, limiter: Limiter, log: Log): Generator {
  switch (resolved.type) {
    case "openai":
      return createOpenAiGenerator({
        ...{ baseUrl: resolved.baseUrl, model: resolved.model, contextTokens: CONTEXT_TOKENS, log },
        ...(config.generatorKey === undefined ? {} : { apiKey: config.generatorKey }),
      })
    case "llama": {
      const { id, file } = resolved
      return createLlamaGenerator({ id, file, contextTokens: CONTEXT_TOKENS, cores: config.threads, limiter, log })
    }
  }
}

/** The folder of models in force, else the one that came with the program. */
function modelFolder(config: Config, name: string): string {
  const own = join(config.models, name)
  return existsSync(own) ? own : join(packageRoot, "data", "models", name)
}

/** In reverse order; all are closed, then the first failure is thrown. */
async function closeAll(opened: (() => Promise<void> | void)[]): Promise<void> {
  const failures: unknown[] = []
  for (let close = opened.pop(); close !== undefined; close = opened.pop()) {
    try {
      await close()
    } catch (thrown) {
      failures.push(thrown)
    }
  }
  if (failures.length > 0) throw failures[0]
}
