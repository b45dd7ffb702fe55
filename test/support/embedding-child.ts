/** A model process for tests that some texts are too much for; while the file `away` is in its folder it does not load. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { answerRequests } from "../../src/engine/model-process.ts"
import type { TransformersReply, TransformersRequest } from "../../src/engine/transformers-child.ts"
import { createFakeEmbedder } from "./fake-embedder.ts"

const embedder = createFakeEmbedder(32)

answerRequests<TransformersRequest, TransformersReply>(async (request) => {
  if (request.type === "load") {
    if (existsSync(join(request.model.folder, "away"))) process.exit(1)
    return {}
  }
  if (request.type !== "embed") throw new Error("this model embeds")
  const vectors = [...(await embedder.embed(request.texts, { kind: "passage" }))]
  for (const [position, text] of request.texts.entries()) {
    if (text.includes("(dies)")) process.kill(process.pid, "SIGKILL")
    if (text.includes("(silent)")) await new Promise(() => undefined)
    if (text.includes("(throws)")) throw new Error("the text is too much")
    if (text.includes("(zero)")) vectors[position] = new Float32Array(32)
  }
  return { vectors }
})
