import { readdirSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import type { Plugin } from "vite"

const FOLDERS = [
  { name: "cmaps", files: /\.bcmap$/ },
  { name: "standard_fonts", files: /\.(?:pfb|ttf)$/ },
  { name: "wasm", files: /^openjpeg_nowasm_fallback\.js$/ },
]

/** Puts beside the page what pdf.js fetches by name while it draws, below the version of the package. */
export function pdfFiles(): Plugin {
  const require = createRequire(import.meta.url)
  const manifest = require.resolve("pdfjs-dist/package.json")
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string }
  return {
    name: "ibid-pdf-files",
    generateBundle() {
      for (const { name, files } of FOLDERS) {
        const folder = join(dirname(manifest), name)
        for (const file of readdirSync(folder).filter((one) => files.test(one))) {
          this.emitFile({
            type: "asset",
            fileName: `assets/pdfjs-${version}/${name}/${file}`,
            source: readFileSync(join(folder, file)),
          })
        }
      }
    },
  }
}
