import { build } from "../../src/build.ts"

/** Children and commands run compiled under test, as they do for a user. */
export async function setup(): Promise<void> {
  await build()
}
