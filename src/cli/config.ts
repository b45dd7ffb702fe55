import { describeConfig, type LoadedConfig } from "../config.ts"
import { print, printJson, table } from "./terminal.ts"

/** What is in force and where each value came from, secrets masked. */
export function configCommand(options: { readonly json?: boolean }, loaded: LoadedConfig): number {
  const rows = describeConfig(loaded)
  if (options.json === true) printJson(Object.fromEntries(rows.map(({ name, ...row }) => [name, row])))
  else print(table(rows.map(({ name, value, origin }) => [name, value === null ? "" : String(value), origin])))
  return 0
}
