/**
 * Completes package-lock.json, so that `npm ci` of npm 10 and 11 takes it on any registry.
 *
 * A registry may lack the newest binaries of other platforms. `npm install` skips those silently, because they are
 * optional, and leaves them out of the lock; `npm ci` then stops with "Missing: … from lock file". For each optional
 * dependency that the lock does not resolve this adds an entry that no machine installs. Run it by `npm run lock`.
 */
import { readFileSync, writeFileSync } from "node:fs"

const file = new URL("../../package-lock.json", import.meta.url)
const lock = JSON.parse(readFileSync(file, "utf8"))
const packages = lock.packages

/** Where Node would find a package from another one's folder, or undefined. */
function resolve(from, name) {
  for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf("/node_modules/")))) {
    const place = base === "" ? `node_modules/${name}` : `${base}/node_modules/${name}`
    if (packages[place] !== undefined) return place
    if (base === "") return undefined
    if (!base.includes("/node_modules/")) base = ""
    if (base === "" && packages[`node_modules/${name}`] !== undefined) return `node_modules/${name}`
    if (base === "") return undefined
  }
}

const added = []
for (const [place, description] of Object.entries(packages)) {
  for (const [name, range] of Object.entries(description.optionalDependencies ?? {})) {
    if (resolve(place, name) !== undefined) continue
    const version = /\d+\.\d+\.\d+[\w.+-]*/.exec(range)?.[0] ?? "0.0.0"
    packages[`node_modules/${name}`] = { version, optional: true, os: ["none"], cpu: ["none"] }
    added.push(`${name}@${version}`)
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
process.stdout.write(`${added.length} optional packages added to the lock\n`)
