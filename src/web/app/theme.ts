import { useState } from "react"
import { readStored, writeStored } from "./stored.ts"

export const THEMES = ["system", "light", "dark"] as const
export type Theme = (typeof THEMES)[number]

const NAME = "ibid-theme"

/** Called before the first paint. */
export function applyStoredTheme(): void {
  apply(storedTheme())
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(storedTheme)
  const choose = (chosen: Theme) => {
    writeStored(NAME, chosen === "system" ? null : chosen)
    apply(chosen)
    setTheme(chosen)
  }
  return [theme, choose]
}

function storedTheme(): Theme {
  const stored = readStored(NAME)
  return THEMES.find((theme) => theme === stored) ?? "system"
}

function apply(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"]
  else document.documentElement.dataset["theme"] = theme
}
