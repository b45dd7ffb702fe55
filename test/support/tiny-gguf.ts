import { writeFileSync } from "node:fs"
import { flag, gguf, integer, key, list, number, randomNumbers, real, type Tensor, text } from "./write-gguf.ts"

export const EMBEDDING = 128
export const HEADS = 4
const KEY_HEADS = 2
const FEED_FORWARD = 256
export const LAYERS = 2
const CONTEXT = 4_096
export const HEAD = EMBEDDING / HEADS
const TEMPLATE =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"

/**
 * Writes a GGUF file of the llama architecture with random weights: 1.6 MB, ChatML, a context of 4,096 tokens. What
 * it writes is noise, and the same noise each time. Without the space that its vocabulary puts before a text (and behind a
 * marker), llama-server can hold it to a grammar: it reads the begin of the template's answer with the grammar.
 */
export function writeTinyGguf(
  path: string,
  { hasSpacePrefix = true }: { readonly hasSpacePrefix?: boolean } = {},
): void {
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
    key("tokenizer.ggml.add_space_prefix", flag(hasSpacePrefix)),
    key("tokenizer.chat_template", text(TEMPLATE)),
  ]
  writeFileSync(path, gguf(keys, tensors))
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
