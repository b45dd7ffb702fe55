import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** Absolute path of the folder that holds `package.json`, from the sources and from the build alike. */
export const packageRoot = findPackageRoot(dirname(fileURLToPath(import.meta.url)))

function findPackageRoot(from: string): string {
  if (existsSync(join(from, "package.json"))) return from
  const parent = dirname(from)
  if (parent === from) throw new Error("Cannot find package.json above the program")
  return findPackageRoot(parent)
}
