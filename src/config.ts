import { readFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { resolve } from "node:path"
import { z } from "zod"
import { IbidError } from "./core/errors.ts"

const MB = 1024 * 1024

/** Every setting, with its default and its unit in its name. Unknown keys are refused. */
const schema = z.strictObject({
  /** Folder of the data: SQL, index, originals, texts. */
  data: z.string().min(1).default("data/runtime"),
  /** Folder of the models. */
  models: z.string().min(1).default("data/models"),
  host: z.string().min(1).default("127.0.0.1"),
  port: z.coerce.number().int().min(0).max(65_535).default(8787),
  /** Catalogue id, path of a GGUF file, `openai:<base url>#<model>`, or `none`. */
  generator: z.string().min(1).default("auto"),
  embedder: z.string().min(1).default("all-minilm-l6-v2"),
  /** `auto` for the bundled one, catalogue id, folder of a cross-encoder (ONNX) with a slash in its path, or `none`. */
  reader: z.string().min(1).default("auto"),
  /** Folder of a model of entailment (ONNX) that judges written sentences behind the gate, or `none`. */
  nli: z.string().min(1).default("none"),
  /** Processor cores that the engines share. */
  threads: z.coerce.number().int().min(1).max(256).default(availableParallelism()),
  logLevel: z.enum(["debug", "info", "warn", "error"]).default("warn"),
  /** Key for an OpenAI-compatible generator. */
  generatorKey: z.string().min(1).optional(),
  maxFileBytes: z.coerce
    .number()
    .int()
    .positive()
    .default(200 * MB),
  maxBodyBytes: z.coerce
    .number()
    .int()
    .positive()
    .default(200 * MB),
  parseTimeoutMs: z.coerce.number().int().positive().default(120_000),
  parseMemoryMb: z.coerce.number().int().positive().default(1024),
  answerTimeoutMs: z.coerce.number().int().positive().default(120_000),
  /** Languages of scanned pages, the most frequent first: `eng`, or `eng+deu` (a comma does, too). */
  ocrLanguages: z
    .string()
    .regex(/^[A-Za-z_]{2,20}(?:[+,][A-Za-z_]{2,20}){0,9}$/, "names languages such as eng+deu")
    .default("eng"),
  /** For one page. */
  ocrTimeoutMs: z.coerce.number().int().positive().default(120_000),
  /** Room on the disk that ingestion leaves free, 5 % of it on a small one. */
  minFreeBytes: z.coerce
    .number()
    .int()
    .min(0)
    .default(1024 * MB),
  /** Jobs that may wait before an upload is refused for now. */
  maxQueuedJobs: z.coerce.number().int().positive().default(100_000),
  /** Receipts of answers that are kept; about 25 KB each. */
  receipts: z.coerce.number().int().min(1).default(10_000),
  receiptDays: z.coerce.number().int().min(1).default(90),
  /** For tests: `<point>:<pass>` ends the process at a named point (`src/core/crash-point.ts`). */
  crashPoint: z.string().optional(),
})

export type Config = Readonly<z.infer<typeof schema>>

/** Tesseract's codes, the most frequent first. */
export function ocrLanguagesOf({ ocrLanguages }: Pick<Config, "ocrLanguages">): string[] {
  return ocrLanguages.split(/[+,]/)
}

/** The environment's names. PostgreSQL and S3 are named by the contract and refused until they are built. */
const VARIABLES = {
  data: "IBID_DATA",
  models: "IBID_MODELS",
  host: "IBID_HOST",
  port: "IBID_PORT",
  generator: "IBID_GENERATOR",
  embedder: "IBID_EMBEDDER",
  reader: "IBID_READER",
  nli: "IBID_NLI",
  threads: "IBID_THREADS",
  logLevel: "IBID_LOG_LEVEL",
  generatorKey: "IBID_GENERATOR_KEY",
  maxFileBytes: "IBID_MAX_FILE_BYTES",
  maxBodyBytes: "IBID_MAX_BODY_BYTES",
  parseTimeoutMs: "IBID_PARSE_TIMEOUT_MS",
  parseMemoryMb: "IBID_PARSE_MEMORY_MB",
  answerTimeoutMs: "IBID_ANSWER_TIMEOUT_MS",
  ocrLanguages: "IBID_OCR_LANGUAGES",
  ocrTimeoutMs: "IBID_OCR_TIMEOUT_MS",
  minFreeBytes: "IBID_MIN_FREE_BYTES",
  maxQueuedJobs: "IBID_MAX_QUEUED_JOBS",
  receipts: "IBID_RECEIPTS",
  receiptDays: "IBID_RECEIPT_DAYS",
  crashPoint: "IBID_CRASH_POINT",
} as const satisfies Record<keyof Config, string>

const SECRETS: ReadonlySet<string> = new Set(["generatorKey"])
const NOT_BUILT = ["IBID_DATABASE_URL", "IBID_STORE_URL"]

export type Origin = "option" | "environment" | "file" | "default"

export interface LoadedConfig {
  readonly config: Config
  readonly origins: Readonly<Record<keyof Config, Origin>>
}

export interface ConfigSources {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** From the command line; they win. */
  readonly options?: Readonly<Record<string, unknown>>
  /** JSON file of settings; the environment wins over it. */
  readonly file?: string
}

/** Merges options over environment over file over defaults. Throws `invalid-request` with the name of the bad setting. */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const file = sources.file === undefined ? {} : readSettings(sources.file)
  const environment: Record<string, unknown> = {}
  for (const [key, name] of Object.entries(VARIABLES)) {
    const value = sources.environment[name]
    if (value !== undefined && value !== "") environment[key] = value
  }
  for (const name of Object.keys(sources.environment)) refuseUnknown(name, sources.environment[name])
  const options = Object.fromEntries(Object.entries(sources.options ?? {}).filter(([, value]) => value !== undefined))
  const parsed = schema.safeParse({ ...file, ...environment, ...options })
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const key = String(issue?.path[0] ?? "")
    const name = key in VARIABLES ? VARIABLES[key as keyof Config] : key
    throw new IbidError("invalid-request", `Cannot read the settings: ${name} ${issue?.message ?? "is wrong"}`)
  }
  const config = { ...parsed.data, data: resolve(parsed.data.data), models: resolve(parsed.data.models) }
  const origin = (key: string): Origin =>
    key in options ? "option" : key in environment ? "environment" : key in file ? "file" : "default"
  const origins = Object.fromEntries(Object.keys(VARIABLES).map((key) => [key, origin(key)]))
  return { config: Object.freeze(config), origins: origins as Record<keyof Config, Origin> }
}

/** One row a setting: what is in force and where it came from, secrets masked. */
export function describeConfig(loaded: LoadedConfig): { name: string; value: unknown; origin: Origin }[] {
  return Object.entries(VARIABLES).map(([key, name]) => {
    const value = loaded.config[key as keyof Config]
    return {
      name,
      value: value !== undefined && SECRETS.has(key) ? "***" : (value ?? null),
      origin: loaded.origins[key as keyof Config],
    }
  })
}

function readSettings(path: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, "utf8")))
  } catch (cause) {
    throw new IbidError("invalid-request", "Cannot read the settings file: it is not a JSON object", { cause })
  }
}

function refuseUnknown(name: string, value: string | undefined): void {
  if (!name.startsWith("IBID_") || value === undefined) return
  if (NOT_BUILT.includes(name)) {
    throw new IbidError("invalid-request", `Cannot use ${name}: this version keeps its data in local files`)
  }
  const known: readonly string[] = Object.values(VARIABLES)
  if (!known.includes(name) && name !== "IBID_CONFIG") {
    throw new IbidError("invalid-request", `Cannot read the settings: ${name} is not a setting`)
  }
}
