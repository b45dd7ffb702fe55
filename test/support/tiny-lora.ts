import { writeFileSync } from "node:fs"
import { EMBEDDING, HEAD, HEADS, LAYERS } from "./tiny-gguf.ts"
import { gguf, key, randomNumbers, real, type Tensor, text } from "./write-gguf.ts"

const RANK = 4

export interface TinyLora {
  /** Of the second factor: 0 leaves the model as it is. */
  readonly deviation: number
  readonly seed?: number
  readonly architecture?: string
  readonly columns?: number
  /** What the file says that it is. */
  readonly type?: string
}

/** Writes a LoRA adapter for the queries of the tiny model: the same noise for the same seed. */
export function writeTinyLora(path: string, { deviation, seed = 1, ...told }: TinyLora): void {
  const { architecture = "llama", columns = EMBEDDING, type = "adapter" } = told
  const random = randomNumbers(seed)
  const factor = (name: string, dimensions: readonly [number, number], spread: number): Tensor => ({
    ...{ name, dimensions },
    data: Float32Array.from({ length: dimensions[0] * dimensions[1] }, () => (random() - 0.5) * 2 * spread),
  })
  const tensors = Array.from({ length: LAYERS }, (_, layer) => [
    factor(`blk.${layer}.attn_q.weight.lora_a`, [columns, RANK], 1),
    factor(`blk.${layer}.attn_q.weight.lora_b`, [RANK, HEADS * HEAD], deviation),
  ])
  const keys = [
    key("general.type", text(type)),
    key("general.architecture", text(architecture)),
    key("adapter.type", text("lora")),
    key("adapter.lora.alpha", real(RANK)),
  ]
  writeFileSync(path, gguf(keys, tensors.flat()))
}
