import "@fontsource/source-serif-4/latin-400.css"
import "@fontsource/source-serif-4/latin-600.css"
import "../style/tokens.css"
import "../style/base.css"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { App } from "./app.tsx"
import { applyStoredTheme } from "./theme.ts"

applyStoredTheme()
const root = document.getElementById("root")
if (root === null) throw new TypeError("The page has no root element")
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
