import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { sha256 } from "./hash.ts"
import { packageRoot } from "./package-root.ts"

/** Version of the package. */
export function version(): string {
  const description: unknown = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8"))
  return typeof description === "object" && description !== null && "version" in description
    ? String(description.version)
    : "unknown"
}

/**
 * Version and a hash over the program's own files: two builds with the same id do the same. Compiled or not, the program
 * stands in `src` and `ingest` beside each other. Takes some milliseconds.
 */
export function buildId(): string {
  const program = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
  const files = ["src", "ingest"]
    .flatMap((folder) =>
      readdirSync(join(program, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.[jt]s$/.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name)),
    )
    .sort()
  const contents = files.map((file) => `${relative(program, file)}\0${readFileSync(file, "utf8")}`)
  return `${version()}+${sha256(contents.join("\0")).slice(0, 12)}`
}
