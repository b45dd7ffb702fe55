import { build, FOLDERS } from "../../src/build.ts"

/** Children, commands and the servers that are to crash run compiled under test, as they do for a user. */
export async function setup(): Promise<void> {
  await build(undefined, [...FOLDERS, "test/support"])
}
