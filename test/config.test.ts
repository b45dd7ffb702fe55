import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { describeConfig, loadConfig } from "../src/config.ts"
import { temporaryFolder } from "./support/folder.ts"

test("loadConfig() without sources gives the defaults of the contract", () => {
  const { config, origins } = loadConfig({ environment: {} })
  expect(config).toMatchObject({ host: "127.0.0.1", port: 8787, logLevel: "warn" })
  expect(config.data.endsWith("/data/runtime")).toBe(true)
  expect(origins.port).toBe("default")
})

test("loadConfig() lets options win over the environment and the environment over the file", () => {
  const file = join(temporaryFolder(), "ibid.json")
  writeFileSync(file, JSON.stringify({ port: 1, host: "file", logLevel: "error" }))
  const { config, origins } = loadConfig({
    file,
    environment: { IBID_PORT: "2", IBID_HOST: "environment" },
    options: { port: "3" },
  })
  expect(config).toMatchObject({ port: 3, host: "environment", logLevel: "error" })
  expect(origins).toMatchObject({ port: "option", host: "environment", logLevel: "file", models: "default" })
})

test("loadConfig() names the setting that is wrong", () => {
  expect(() => loadConfig({ environment: { IBID_PORT: "eighty" } })).toThrow(/IBID_PORT/)
  expect(() => loadConfig({ environment: { IBID_PORT: "70000" } })).toThrow(/IBID_PORT/)
})

test("loadConfig() refuses a variable that is not a setting", () => {
  expect(() => loadConfig({ environment: { IBID_PROT: "1" } })).toThrow(/IBID_PROT is not a setting/)
})

test("loadConfig() refuses settings of stores that are not built, instead of ignoring them", () => {
  expect(() => loadConfig({ environment: { IBID_DATABASE_URL: "postgres://x" } })).toThrow(/local files/)
})

test("loadConfig() refuses unknown keys and broken JSON in the file", () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, "unknown.json"), JSON.stringify({ prot: 1 }))
  writeFileSync(join(folder, "broken.json"), "{")
  expect(() => loadConfig({ environment: {}, file: join(folder, "unknown.json") })).toThrow(/prot/)
  expect(() => loadConfig({ environment: {}, file: join(folder, "broken.json") })).toThrow(/not a JSON object/)
})

test("loadConfig() treats an empty variable as absent", () => {
  expect(loadConfig({ environment: { IBID_PORT: "" } }).config.port).toBe(8787)
})

test("describeConfig() masks secrets and tells where each value came from", () => {
  const rows = describeConfig(loadConfig({ environment: { IBID_GENERATOR_KEY: "sk-secret", IBID_PORT: "9" } }))
  expect(rows).toContainEqual({ name: "IBID_GENERATOR_KEY", value: "***", origin: "environment" })
  expect(rows).toContainEqual({ name: "IBID_PORT", value: 9, origin: "environment" })
  expect(JSON.stringify(rows)).not.toContain("sk-secret")
})
