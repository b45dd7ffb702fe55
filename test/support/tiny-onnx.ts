import { cpSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { modelFolder } from "./bundled-models.ts"

const VOCABULARY = 30_522
const DIMENSIONS = 64
/** `[PAD]`, `[UNK]`, `[CLS]`, `[SEP]` and `[MASK]` say nothing. */
const SPECIAL = [0, 100, 101, 102, 103]
/** `not` in the bundled vocabulary. */
const NOT = 2025

export interface TinyModel {
  /** Absent means `onnx/model_quantized.onnx`. */
  readonly weights?: "onnx/model_quantized.onnx" | "onnx/model.onnx"
  /** Takes the place of the config.json of a model that is as it says. */
  readonly config?: unknown
}

/** Writes a cross-encoder with the bundled tokenizer: its logit is 8 · the cosine of the words of both texts. 8 MB. */
export function writeTinyCrossEncoder(folder: string, options: TinyModel = {}): void {
  write(folder, graph(["entailment"]), { id2label: { 0: "LABEL_0" } }, options)
}

/**
 * Writes a model of entailment, with logits in the order of the labels: entailment is 8 · the cosine of the words of both
 * texts, neutral is 4, and contradiction 20 where the second text holds the word `not`.
 */
export function writeTinyEntailment(folder: string, labels: readonly string[], options: TinyModel = {}): void {
  const order = labels.map((label) => label.toLowerCase())
  write(folder, graph(order), { id2label: Object.fromEntries(labels.entries()) }, options)
}

function write(folder: string, onnx: Buffer, config: object, options: TinyModel): void {
  mkdirSync(join(folder, "onnx"), { recursive: true })
  for (const file of ["tokenizer.json", "tokenizer_config.json"]) {
    cpSync(join(modelFolder("all-MiniLM-L6-v2"), file), join(folder, file))
  }
  const facts = { model_type: "bert", architectures: ["BertForSequenceClassification"], max_position_embeddings: 512 }
  writeFileSync(join(folder, "config.json"), JSON.stringify(options.config ?? { ...facts, ...config }))
  writeFileSync(join(folder, options.weights ?? "onnx/model_quantized.onnx"), onnx)
}

/** https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */
function graph(outputs: readonly string[]): Buffer {
  const inputs = ["input_ids", "attention_mask", "token_type_ids"]
  const nodes = [
    node("Gather", ["words", "input_ids"], "vectors"),
    node("Cast", ["token_type_ids"], "isSecond", [integer("to", FLOAT)]),
    node("Cast", ["attention_mask"], "isThere", [integer("to", FLOAT)]),
    node("Sub", ["one", "isSecond"], "isFirst"),
    ...["First", "Second"].flatMap((side) => [
      node("Mul", [`is${side}`, "isThere"], `mask${side}`),
      node("Unsqueeze", [`mask${side}`, "axis2"], `column${side}`),
      node("Mul", ["vectors", `column${side}`], `vectors${side}`),
      node("ReduceSum", [`vectors${side}`, "axis1"], `sum${side}`, [integer("keepdims", 0)]),
      node("Mul", [`sum${side}`, `sum${side}`], `squares${side}`),
      node("ReduceSum", [`squares${side}`, "axis1"], `norm${side}`),
    ]),
    node("Mul", ["sumFirst", "sumSecond"], "products"),
    node("ReduceSum", ["products", "axis1"], "dot"),
    node("Mul", ["normFirst", "normSecond"], "norms"),
    node("Sqrt", ["norms"], "length"),
    node("Add", ["length", "least"], "divisor"),
    node("Div", ["dot", "divisor"], "cosine"),
    node("Mul", ["cosine", "eight"], "entailment"),
    node("Mul", ["cosine", "zero"], "nothing"),
    node("Add", ["nothing", "four"], "neutral"),
    node("Gather", ["denials", "input_ids"], "denied"),
    node("Mul", ["denied", "columnSecond"], "deniedSecond"),
    node("ReduceSum", ["deniedSecond", "axis1"], "contradiction", [integer("keepdims", 0)]),
    node("Concat", outputs, "logits", [integer("axis", 1)]),
  ]
  const tensors = [
    floats("words", [VOCABULARY, DIMENSIONS], wordVectors()),
    floats(
      "denials",
      [VOCABULARY, 1],
      Float32Array.from({ length: VOCABULARY }, (_, id) => (id === NOT ? 20 : 0)),
    ),
    ...Object.entries({ zero: 0, one: 1, four: 4, eight: 8, least: 1e-6 }).map(([name, value]) =>
      floats(name, [1], Float32Array.of(value)),
    ),
    ...[1, 2].map((axis) => bytesField(5, [...dimensions([1]), number(2, INT64), text(8, `axis${axis}`), int64(axis)])),
  ]
  const values = [
    ...inputs.map((name) => value(11, name, INT64, ["batch", "sequence"])),
    value(12, "logits", FLOAT, ["batch", outputs.length]),
  ]
  const whole = bytesField(7, [...nodes, text(2, "tiny"), ...tensors, ...values])
  return Buffer.concat([number(1, 8), text(2, "tiny"), whole, bytesField(8, [text(1, ""), number(2, 13)])])
}

const FLOAT = 1
const INT64 = 7

/** The same random vectors each time. */
function wordVectors(): Float32Array {
  let state = 9
  const vectors = Float32Array.from({ length: VOCABULARY * DIMENSIONS }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state / 0x7fffffff - 0.5
  })
  for (const id of SPECIAL) vectors.fill(0, id * DIMENSIONS, (id + 1) * DIMENSIONS)
  return vectors
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return Buffer.from([...bytes, rest])
}

const number = (field: number, value: number): Buffer => Buffer.concat([varint(field * 8), varint(value)])
const bytesField = (field: number, parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts)
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content])
}
const text = (field: number, value: string): Buffer => bytesField(field, [Buffer.from(value)])
const integer = (name: string, value: number): Buffer => bytesField(5, [text(1, name), number(3, value), number(20, 2)])
const dimensions = (sizes: readonly number[]): Buffer[] => sizes.map((size) => number(1, size))
const int64 = (value: number): Buffer => {
  const content = Buffer.alloc(8)
  content.writeBigInt64LE(BigInt(value))
  return bytesField(9, [content])
}
const floats = (name: string, sizes: readonly number[], values: Float32Array): Buffer =>
  bytesField(5, [
    ...dimensions(sizes),
    number(2, FLOAT),
    text(8, name),
    bytesField(9, [Buffer.from(values.buffer, values.byteOffset, values.byteLength)]),
  ])

function node(type: string, inputs: readonly string[], output: string, attributes: readonly Buffer[] = []): Buffer {
  const names = [...inputs.map((name) => text(1, name)), text(2, output), text(3, output), text(4, type)]
  return bytesField(1, [...names, ...attributes])
}

function value(field: number, name: string, type: number, sizes: readonly (string | number)[]): Buffer {
  const shape = sizes.map((size) => bytesField(1, [typeof size === "string" ? text(2, size) : number(1, size)]))
  const tensor = bytesField(1, [number(1, type), bytesField(2, shape)])
  return bytesField(field, [text(1, name), bytesField(2, [tensor])])
}
