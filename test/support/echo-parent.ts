/** A program that uses a model process and forgets it: prints the child's number, then ends as its argument says. */
import { createModelProcess } from "../../src/engine/model-process.ts"
import type { EchoRequest } from "./echo-child.ts"

const echo = createModelProcess<EchoRequest, unknown>({
  module: "echo-child",
  parentUrl: import.meta.url,
  load: { type: "load" },
  modelId: "echo",
  log: () => undefined,
})
process.stdout.write(`${await echo.request({ type: "pid" })}\n`)
if (process.argv[2] === "crash") process.kill(process.pid, "SIGKILL")
