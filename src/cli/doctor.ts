import { type CommandContext, openKnowledgeBase } from "./context.ts"
import { print, printJson } from "./terminal.ts"

/** Checks every invariant; exit code 0 when none is broken. */
export async function doctorCommand(
  options: { readonly repair?: boolean; readonly json?: boolean },
  context: CommandContext,
): Promise<number> {
  const kb = await openKnowledgeBase(context)
  try {
    const report = await kb.doctor({ repair: options.repair === true })
    if (options.json === true) printJson(report)
    else {
      for (const line of report.notes) print(line)
      for (const violation of report.violations) print(`${violation.invariant}  ${violation.message}`)
      print(report.violations.length === 0 ? "No invariant is broken" : `${report.violations.length} violations`)
    }
    return report.violations.length === 0 ? 0 : 1
  } finally {
    await kb.dispose()
  }
}
