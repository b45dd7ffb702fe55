import { once } from "node:events"
import { forkModule } from "../../src/core/child.ts"
import type { CommandOutcome, CommandRun } from "./command-child.ts"

export interface Commands {
  /** One at a time. `environment` adds to what the process has; settings of former runs are gone. */
  run(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<CommandOutcome>
  end(): void
}

/** A process that runs the program's commands one after the other, which saves their starts. */
export function startCommands(): Commands {
  const child = forkModule("command-child", import.meta.url)
  return {
    async run(args, environment) {
      const outcome = once(child, "message")
      child.send({ args, environment } satisfies CommandRun)
      const [message] = await outcome
      return message
    },
    end: () => void child.kill(),
  }
}
