import "@fontsource/source-serif-4/latin-400.css"
import "@fontsource/source-serif-4/latin-600.css"
import "../style/tokens.css"
import "../style/base.css"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { resumeOpenStream } from "../ask/ask-store.ts"
import { App } from "./app.tsx"
import { applyStoredTheme } from "./theme.ts"

applyStoredTheme()
// at once: the server waits for a few seconds alone
resumeOpenStream()
const root = document.getElementById("root")
if (root === null) throw new TypeError("The page has no root element")
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
