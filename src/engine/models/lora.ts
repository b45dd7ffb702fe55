import { existsSync, statSync } from "node:fs"
import { IbidError } from "../../core/errors.ts"
import { checkGguf } from "./gguf.ts"
import { type GgufHeader, readGgufHeader } from "./gguf-header.ts"

/**
 * Checks that a file is a LoRA adapter for a model, by the names and shapes of its tensors. Throws `model-missing` where
 * there is no file, `model-damaged` where it is no GGUF adapter, `invalid-request` where it was made for another model.
 */
export function checkLora(file: string, base: { readonly id: string; readonly file: string }): void {
  if (!existsSync(file) || !statSync(file).isFile()) {
    throw new IbidError("model-missing", "Cannot use the adapter: there is no file at the path")
  }
  checkGguf(file, "of the adapter")
  const adapter = readGgufHeader(file)
  if (adapter.values.get("general.type") !== "adapter" || adapter.values.get("adapter.type") !== "lora") {
    throw new IbidError("model-damaged", "Cannot use the adapter: the file is not a LoRA adapter")
  }
  checkGguf(base.file, base.id)
  const model = readGgufHeader(base.file)
  const architecture = adapter.values.get("general.architecture")
  if (architecture !== model.values.get("general.architecture")) throw otherModel(base.id, `for ${architecture}`)
  for (const [name, pair] of pairsOf(adapter)) {
    const shape = model.tensors.get(name)
    if (shape === undefined || !isFitting(name, shape, pair)) throw otherModel(base.id, `${name} does not fit`)
  }
}

interface Pair {
  a: readonly number[]
  b: readonly number[]
}

/** The two factors of each changed tensor. Throws `model-damaged`. */
function pairsOf({ tensors }: GgufHeader): Map<string, Pair> {
  const pairs = new Map<string, Pair>()
  for (const [name, shape] of tensors) {
    const [, changed, part] = /^(.+)\.lora_([ab])$/.exec(name) ?? []
    if (changed === undefined) continue
    const pair = pairs.get(changed) ?? { a: [], b: [] }
    if (part === "a") pair.a = shape
    else pair.b = shape
    pairs.set(changed, pair)
  }
  if (pairs.size === 0 || [...pairs.values()].some(({ a, b }) => a.length < 2 || b.length < 2 || a[1] !== b[0])) {
    throw new IbidError("model-damaged", "Cannot use the adapter: its tensors are not pairs of lora_a and lora_b")
  }
  return pairs
}

/** llama.cpp looks rows of the embedding up, so that its factors stand the other way round. */
function isFitting(name: string, [columns, rows]: readonly number[], { a, b }: Pair): boolean {
  return name === "token_embd.weight" ? columns === b[1] && rows === a[1] : columns === a[0] && rows === b[1]
}

function otherModel(id: string, state: string): IbidError {
  return new IbidError("invalid-request", `Cannot use the adapter: it was made for another model than ${id} (${state})`)
}
