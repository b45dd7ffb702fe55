import { createContext, type ReactNode, useContext, useEffect, useState } from "react"
import { de } from "../texts/de.ts"
import { en, type Texts } from "../texts/en.ts"
import { readStored, writeStored } from "./stored.ts"

export const LANGUAGES = { en: "English", de: "Deutsch" } as const
export type Language = keyof typeof LANGUAGES

const NAME = "ibid-language"
const TEXTS: Readonly<Record<Language, Texts>> = { en, de }

interface LanguageChoice {
  readonly language: Language
  readonly choose: (language: Language) => void
}

const LanguageContext = createContext<LanguageChoice>({ language: "en", choose: () => undefined })

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage)
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const choose = (chosen: Language) => {
    writeStored(NAME, chosen)
    setLanguage(chosen)
  }
  return <LanguageContext value={{ language, choose }}>{children}</LanguageContext>
}

export function useLanguage(): LanguageChoice {
  return useContext(LanguageContext)
}

/** All texts of the page in the language that was chosen. */
export function useTexts(): Texts {
  return TEXTS[useContext(LanguageContext).language]
}

function firstLanguage(): Language {
  const stored = readStored(NAME)
  if (stored === "en" || stored === "de") return stored
  return navigator.language.toLowerCase().startsWith("de") ? "de" : "en"
}
