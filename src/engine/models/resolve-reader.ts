import { ownModelDamaged } from "../model-folder.ts"
import { type Catalogue, type CatalogueReader, findModel } from "./catalogue.ts"
import { type ClassifierFolder, isFolderSetting, readClassifier } from "./classifier.ts"

/** Which reader a setting means. */
export type ResolvedReader =
  | { readonly type: "none" }
  | { readonly type: "catalogue"; readonly model: CatalogueReader }
  | { readonly type: "cross-encoder"; readonly model: ClassifierFolder }

/**
 * Resolves `auto`, `none`, a catalogue id, or the path of a folder that holds a cross-encoder. Throws `model-not-found`,
 * `model-missing`, `model-damaged`.
 */
export async function resolveReader(setting: string, catalogue: Catalogue): Promise<ResolvedReader> {
  if (setting === "none") return { type: "none" }
  if (!isFolderSetting(setting)) {
    const id = setting === "auto" ? catalogue.defaultReader : setting
    return { type: "catalogue", model: findModel(catalogue.readers, id) }
  }
  const model = await readClassifier(setting, "IBID_READER")
  if (model.labels.length !== 1) {
    throw ownModelDamaged(model.id, `a cross-encoder has one label, its config.json names ${model.labels.length}`)
  }
  return { type: "cross-encoder", model }
}
