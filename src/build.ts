import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { packageRoot } from "./core/package-root.ts"

export const FOLDERS: readonly string[] = ["src", "ingest"]

/**
 * Compiles each source that is newer than its compiled file in `dist`, and removes what has no source any more. Types
 * are not checked (`npm run check:types` does), so that a first start takes seconds. `onStart` is called when there is
 * something to do. A compiled file is whole or not there, so a build that is cut off goes on where it was. `folders` are
 * those of the program, unless a test has one more to be compiled.
 */
export async function build(onStart: () => void = () => undefined, folders = FOLDERS): Promise<void> {
  const output = join(packageRoot, "dist")
  const configuration = join(packageRoot, "tsconfig.json")
  const configuredAt = statSync(configuration).mtimeMs
  const sources = folders.flatMap((folder) => filesIn(join(packageRoot, folder), ".ts"))
  const compiled = (source: string): string =>
    join(output, `${relative(packageRoot, source).slice(0, -".ts".length)}.js`)
  const kept = new Set(sources.map(compiled))
  for (const file of folders.flatMap((folder) => filesIn(join(output, folder), ".js"))) {
    if (!kept.has(file)) rmSync(file)
  }
  const stale = sources.filter((source) => {
    const made = statSync(compiled(source), { throwIfNoEntry: false })?.mtimeMs ?? 0
    return made < Math.max(statSync(source).mtimeMs, configuredAt)
  })
  if (stale.length === 0) return
  onStart()
  const { default: typescript } = await import("typescript")
  const { config } = typescript.readConfigFile(configuration, (path) => readFileSync(path, "utf8"))
  const { options } = typescript.convertCompilerOptionsFromJson(config.compilerOptions, packageRoot)
  // One file at a time does not see the package's own type.
  const compilerOptions = { ...options, module: typescript.ModuleKind.ESNext, sourceMap: false }
  for (const source of stale) {
    const target = compiled(source)
    const { outputText } = typescript.transpileModule(readFileSync(source, "utf8"), {
      fileName: source,
      compilerOptions,
    })
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(`${target}.part`, outputText)
    renameSync(`${target}.part`, target)
  }
}

function filesIn(folder: string, extension: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(extension))
    .map((name) => join(folder, name))
}
