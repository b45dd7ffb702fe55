import { ownModelDamaged } from "../model-folder.ts"
import { type ClassifierFolder, readClassifier } from "./classifier.ts"

/** A model of entailment with the places of its labels among the logits. */
export interface EntailmentFolder extends ClassifierFolder {
  readonly places: EntailmentPlaces
}

export interface EntailmentPlaces {
  readonly entailment: number
  readonly neutral: number
  readonly contradiction: number
}

/**
 * Resolves `none`, or the path of a folder that holds a model with the labels entailment, neutral and contradiction, in any
 * order. Throws `model-missing`, `model-damaged`.
 */
export async function resolveEntailment(setting: string): Promise<EntailmentFolder | null> {
  if (setting === "none") return null
  const model = await readClassifier(setting, "IBID_NLI")
  const labels = model.labels.map((label) => label.trim().toLowerCase())
  const places = {
    entailment: labels.indexOf("entailment"),
    neutral: labels.indexOf("neutral"),
    contradiction: labels.indexOf("contradiction"),
  }
  if (labels.length !== 3 || Object.values(places).includes(-1)) {
    const state = `its config.json has to name the labels entailment, neutral and contradiction, it names ${model.labels.join(", ")}`
    throw ownModelDamaged(model.id, state)
  }
  return { ...model, places }
}
