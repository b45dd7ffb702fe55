import { writeFileSync } from "node:fs"

const EMBEDDING = 128
const HEADS = 4
const KEY_HEADS = 2
const FEED_FORWARD = 256
const LAYERS = 2
const CONTEXT = 4_096
const HEAD = EMBEDDING / HEADS
const ALIGNMENT = 32
const TEMPLATE =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"

/**
 * Writes a GGUF v3 file of the llama architecture with random weights: 1.6 MB, ChatML, a context of 4,096 tokens. What
 * it writes is noise, and the same noise each time. https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export function writeTinyGguf(path: string): void {
  const { tokens, types, scores } = vocabulary()
  const random = randomNumbers(42)
  const matrix = (name: string, columns: number, rows: number, deviation: number): Tensor => ({
    name,
    dimensions: [columns, rows],
    data: Float32Array.from({ length: columns * rows }, () => (random() + random() + random() - 1.5) * 2 * deviation),
  })
  const ones = (name: string): Tensor => ({
    name,
    dimensions: [EMBEDDING],
    data: new Float32Array(EMBEDDING).fill(1),
  })
  const tensors = [
    matrix("token_embd.weight", EMBEDDING, tokens.length, 0.5),
    ones("output_norm.weight"),
    matrix("output.weight", EMBEDDING, tokens.length, 0.3),
  ]
  for (let layer = 0; layer < LAYERS; layer++) {
    const name = (part: string) => `blk.${layer}.${part}.weight`
    tensors.push(
      ones(name("attn_norm")),
      matrix(name("attn_q"), EMBEDDING, HEADS * HEAD, 0.1),
      matrix(name("attn_k"), EMBEDDING, KEY_HEADS * HEAD, 0.1),
      matrix(name("attn_v"), EMBEDDING, KEY_HEADS * HEAD, 0.1),
      matrix(name("attn_output"), HEADS * HEAD, EMBEDDING, 0.1),
      ones(name("ffn_norm")),
      matrix(name("ffn_gate"), EMBEDDING, FEED_FORWARD, 0.1),
      matrix(name("ffn_down"), FEED_FORWARD, EMBEDDING, 0.1),
      matrix(name("ffn_up"), EMBEDDING, FEED_FORWARD, 0.1),
    )
  }
  const keys: readonly Buffer[] = [
    key("general.architecture", text("llama")),
    key("general.name", text("tiny-random")),
    key("general.file_type", number(0)),
    key("llama.context_length", number(CONTEXT)),
    key("llama.embedding_length", number(EMBEDDING)),
    key("llama.block_count", number(LAYERS)),
    key("llama.feed_forward_length", number(FEED_FORWARD)),
    key("llama.attention.head_count", number(HEADS)),
    key("llama.attention.head_count_kv", number(KEY_HEADS)),
    key("llama.attention.layer_norm_rms_epsilon", real(1e-5)),
    key("llama.rope.dimension_count", number(HEAD)),
    key("llama.rope.freq_base", real(10_000)),
    key("llama.vocab_size", number(tokens.length)),
    key("tokenizer.ggml.model", text("llama")),
    key("tokenizer.ggml.tokens", list(tokens.map(text))),
    key("tokenizer.ggml.scores", list(scores.map(real))),
    key("tokenizer.ggml.token_type", list(types.map(integer))),
    key("tokenizer.ggml.bos_token_id", number(tokens.indexOf("<s>"))),
    key("tokenizer.ggml.eos_token_id", number(tokens.indexOf("<|im_end|>"))),
    key("tokenizer.ggml.unknown_token_id", number(tokens.indexOf("<unk>"))),
    key("tokenizer.ggml.add_bos_token", flag(true)),
    key("tokenizer.ggml.add_eos_token", flag(false)),
    key("tokenizer.chat_template", text(TEMPLATE)),
  ]
  writeFileSync(path, gguf(keys, tensors))
}

interface Tensor {
  readonly name: string
  readonly dimensions: readonly number[]
  readonly data: Float32Array
}

/** A value with the number of its type in the format. */
interface Value {
  readonly type: number
  readonly bytes: Buffer
}

function vocabulary() {
  const NORMAL = 1
  const UNKNOWN = 2
  const CONTROL = 3
  const BYTE = 6
  const tokens = ["<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>"]
  const types = [UNKNOWN, CONTROL, CONTROL, CONTROL, CONTROL]
  const scores = [0, 0, 0, 0, 0]
  for (let byte = 0; byte < 256; byte++) {
    tokens.push(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`)
    types.push(BYTE)
    scores.push(0)
  }
  const words = " the| a| of| and| to| in| is| for| on| policy| document| answer| source".split("|")
  const beginnings = words.flatMap((word) => Array.from(word, (_, at) => word.slice(0, at + 1).replaceAll(" ", "▁")))
  const letters = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at))
  for (const token of new Set(["▁", ...letters, ...beginnings])) {
    tokens.push(token)
    types.push(NORMAL)
    scores.push(-tokens.length)
  }
  return { tokens, types, scores }
}

function gguf(keys: readonly Buffer[], tensors: readonly Tensor[]): Buffer {
  const infos: Buffer[] = []
  let offset = 0
  for (const { name, dimensions, data } of tensors) {
    const F32 = 0
    infos.push(text(name).bytes, number(dimensions.length).bytes, ...dimensions.map(long))
    infos.push(number(F32).bytes, long(offset))
    offset += Math.ceil(data.byteLength / ALIGNMENT) * ALIGNMENT
  }
  const version = number(3).bytes
  const head = Buffer.concat([Buffer.from("GGUF"), version, long(tensors.length), long(keys.length), ...keys, ...infos])
  const bodies = tensors.map(({ data }) => padded(Buffer.from(data.buffer)))
  return Buffer.concat([padded(head), ...bodies])
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((ALIGNMENT - (bytes.length % ALIGNMENT)) % ALIGNMENT)])
}

function key(name: string, { type, bytes }: Value): Buffer {
  return Buffer.concat([text(name).bytes, number(type).bytes, bytes])
}

function list(values: readonly Value[]): Value {
  const head = [number(values[0]?.type ?? 0).bytes, long(values.length)]
  return { type: 9, bytes: Buffer.concat([...head, ...values.map(({ bytes }) => bytes)]) }
}

function text(value: string): Value {
  const bytes = Buffer.from(value)
  return { type: 8, bytes: Buffer.concat([long(bytes.length), bytes]) }
}

function number(value: number): Value {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return { type: 4, bytes }
}

function integer(value: number): Value {
  return { type: 5, bytes: number(value).bytes }
}

function real(value: number): Value {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return { type: 6, bytes }
}

function flag(value: boolean): Value {
  return { type: 7, bytes: Buffer.from([value ? 1 : 0]) }
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

/** mulberry32: numbers in [0, 1), the same for the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
