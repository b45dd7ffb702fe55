import { IbidError } from "../../core/errors.ts"
import type { ModelStore } from "../../core/ports.ts"
import { type Catalogue, findModel, type PullableModel } from "./catalogue.ts"
import { pullModel } from "./pull.ts"
import { listModels, type ModelSettings, useModel } from "./store.ts"

/** The folder of models behind its port. */
export function createModelStore(place: {
  readonly catalogue: Catalogue
  readonly folder: string
  readonly settings: ModelSettings
  readonly environment: Readonly<Record<string, string | undefined>>
}): ModelStore {
  const { catalogue, folder, settings, environment } = place
  return {
    list: () => listModels(catalogue, folder, settings),
    pull: async (id, options) => {
      const model = findModel<PullableModel>([...catalogue.generators, ...catalogue.ocrLanguages], id)
      await pullModel(model, { folder, environment, ...options })
    },
    use: async (id) => {
      if (settings.generator !== "auto") {
        const message = `Cannot choose a model: the settings name one already, ${settings.generator}`
        throw new IbidError("conflict", message)
      }
      await useModel(id, catalogue, folder)
    },
  }
}
