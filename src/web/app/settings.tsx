import { useId } from "react"
import { LANGUAGES, type Language, useLanguage, useTexts } from "./language.tsx"
import styles from "./settings.module.css"
import { THEMES, type Theme, useTheme } from "./theme.ts"

/** Language and theme, kept by this browser. */
export function Settings() {
  const { app } = useTexts()
  const { language, choose } = useLanguage()
  const [theme, setTheme] = useTheme()
  const id = useId()
  return (
    <div className={styles.settings}>
      <label htmlFor={`${id}-language`}>{app.language}</label>
      <select
        id={`${id}-language`}
        value={language}
        onChange={(event) => choose(event.target.value as Language)}
        data-testid="language"
      >
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </select>
      <label htmlFor={`${id}-theme`}>{app.theme}</label>
      <select
        id={`${id}-theme`}
        value={theme}
        onChange={(event) => setTheme(event.target.value as Theme)}
        data-testid="theme"
      >
        {THEMES.map((one) => (
          <option key={one} value={one}>
            {app.themes[one]}
          </option>
        ))}
      </select>
    </div>
  )
}
