import { join } from "node:path"
import react from "@vitejs/plugin-react"
import { defineConfig } from "vite"
import { pdfFiles } from "./vite-pdf-files.ts"

const root = import.meta.dirname

export default defineConfig({
  root,
  base: "/",
  plugins: [react(), pdfFiles()],
  build: {
    outDir: join(root, "..", "..", "dist", "web"),
    emptyOutDir: true,
    target: "es2022",
    // The policy of the page lets nothing come from `data:` but pictures.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2_000,
  },
  css: { modules: { localsConvention: "camelCaseOnly" } },
})
