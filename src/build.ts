import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join, relative, sep } from "node:path"
import { packageRoot } from "./core/package-root.ts"

export const FOLDERS: readonly string[] = ["src", "ingest"]

/** Sources of the page, which the browser gets built as a whole. */
const PAGE = join(packageRoot, "src", "web")

/**
 * Compiles each source that is newer than its compiled file in `dist`, and removes what has no source any more. Types
 * are not checked (`npm run check:types` does), so that a first start takes seconds. `onStart` is called when there is
 * something to do. A compiled file is whole or not there, so a build that is cut off goes on where it was. `folders` are
 * those of the program, unless a test has one more to be compiled. The page is built anew when any of its files is newer.
 */
export async function build(onStart: () => void = () => undefined, folders = FOLDERS): Promise<void> {
  const output = join(packageRoot, "dist")
  const configuration = join(packageRoot, "tsconfig.json")
  const configuredAt = statSync(configuration).mtimeMs
  const sources = folders.flatMap((folder) => filesIn(join(packageRoot, folder), ".ts")).filter(isProgram)
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
  const isPageStale = pageIsStale(output)
  if (stale.length === 0 && !isPageStale) return
  onStart()
  if (isPageStale) await buildPage(output)
  if (stale.length === 0) return
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

function isProgram(source: string): boolean {
  return !source.startsWith(`${PAGE}${sep}`)
}

function pageIsStale(output: string): boolean {
  const made = statSync(join(output, "web", "index.html"), { throwIfNoEntry: false })?.mtimeMs ?? 0
  return filesIn(PAGE, "").some((file) => statSync(file).mtimeMs > made)
}

/**
 * Built beside and put in its place at the end, so that a server never serves half of it. In a process of its own: the
 * packages of the page ask the environment whether they are built for people or for a test.
 */
async function buildPage(output: string): Promise<void> {
  const vite = join(dirname(createRequire(import.meta.url).resolve("vite/package.json")), "bin", "vite.js")
  const [page, part] = [join(output, "web"), join(output, `web.${process.pid}.part`)]
  const args = [vite, "build", "--config", join(PAGE, "vite.config.ts"), "--outDir", part, "--logLevel", "error"]
  const child = spawn(process.execPath, args, {
    cwd: packageRoot,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, NODE_ENV: "production" },
  })
  const [code] = await once(child, "exit")
  if (code !== 0) throw new Error(`Cannot build the page: the bundler ended with ${code}`)
  rmSync(page, { recursive: true, force: true })
  try {
    renameSync(part, page)
  } catch (thrown) {
    // a command that built at the same time has put the same page in its place
    rmSync(part, { recursive: true, force: true })
    if (!existsSync(join(page, "index.html"))) throw thrown
  }
}

function filesIn(folder: string, extension: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(extension))
    .map((name) => join(folder, name))
}
