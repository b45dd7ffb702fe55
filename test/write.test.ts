import { expect, test } from "vitest"
import { write } from "../src/generation/write.ts"
import { createFakeGenerator } from "./support/fake-generator.ts"

const textOf = async (...pieces: string[]) => (await write("q", "e", createFakeGenerator(pieces), {})).text

test("write() does not take an abbreviation or an initial for the end", async () => {
  expect(await textOf("Contact Dr.", " Web", "er or J.", " Doe in", " Berlin.")).toBe(
    "Contact Dr. Weber or J. Doe in Berlin.",
  )
})

test("write() stops the generator when a second sentence begins", async () => {
  expect(await textOf("It is so.", " And", " much more.", " And more.")).toBe("It is so. And")
})

test("write() stops at the end of a line, but not at one before the text", async () => {
  expect(await textOf("\n", "It is so", "\n", "Explanation:", " because.")).toBe("It is so")
})

test("write() gives no time of a first piece where none came", async () => {
  expect(await write("q", "e", createFakeGenerator([]), {})).toMatchObject({ text: "", firstTokenMs: null })
})
