/** A model process for tests: answers with what it got, fails, dies or falls silent as it is told. */
import { existsSync, writeFileSync } from "node:fs"
import { IbidError } from "../../src/core/errors.ts"
import { answerRequests } from "../../src/engine/model-process.ts"

export type EchoRequest =
  | { readonly type: "load"; readonly fails?: boolean }
  | { readonly type: "echo"; readonly vector: Float32Array }
  | { readonly type: "pid" }
  | { readonly type: "fail" }
  | { readonly type: "silence" }
  /** Dies, unless the file says that it has done so before. */
  | { readonly type: "die-once"; readonly file: string }
  | { readonly type: "die" }

answerRequests<EchoRequest, unknown>(async (request) => {
  switch (request.type) {
    case "load":
      if (request.fails === true) throw new IbidError("model-missing", "Cannot load the model: it is not there")
      return "loaded"
    case "echo":
      return request.vector
    case "pid":
      return process.pid
    case "fail":
      throw new IbidError("invalid-request", "Cannot do that: it is wrong")
    case "silence":
      return await new Promise(() => undefined)
    case "die-once":
      if (existsSync(request.file)) return "alive"
      writeFileSync(request.file, "")
      return process.kill(process.pid, "SIGKILL")
    case "die":
      return process.kill(process.pid, "SIGKILL")
  }
})
