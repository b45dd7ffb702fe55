import { expect, test } from "vitest"
import { isEnglish } from "../src/retrieval/question-language.ts"
import { rankingWeights } from "../src/retrieval/ranking-weights.ts"
import { SECOND_STAGE } from "../src/retrieval/second-stage.ts"

test.each([
  "How many weeks of parental leave do employees get?",
  "torque housing cover PF-2210-B",
  "2.4.1",
  "Who wrote Le Petit Prince?",
  "Where did Jerónimo de Ayanz y Beaumont work?",
  "Los Angeles Rams coach",
  "What does Ω mean in the manual?",
  "Rate per day",
  "Save e-mail as PDF",
  "Los Angeles office as headquarters",
  "die cast as spare part",
  "P.O. box as address",
  "Install OS as root",
  "PGK-la plays an essential role in expression of pain in PGK-la knockout mice.",
])("isEnglish() takes for English: %s", (question) => expect(isEnglish(question)).toBe(true))

test.each([
  "Wie viele Wochen Elternzeit gibt es?",
  "Wer zahlt die Reise zum Kunden?",
  "¿Cuántos puntos anotó Norwood?",
  "Combien de semaines dure le congé parental ?",
  "Quante settimane di congedo ci sono?",
  "Hoeveel weken verlof krijgt een werknemer?",
  "vacaciones y permisos de los empleados",
  "orari di apertura e chiusura",
  "Listar as férias dos empregados",
  "prazo de pagamento e entrega",
  "Сколько недель длится отпуск по FMLA?",
  "今年有多少个假期？",
])("isEnglish() takes for another language: %s", (question) => expect(isEnglish(question)).toBe(false))

test("rankingWeights() leave a question that an English embedder does not read to the words, and no other one", () => {
  const weights = (question: string, language: "en" | null) => rankingWeights(question, { denseWeight: 0.5, language })
  const own = { ...SECOND_STAGE, denseWeight: 0.5 }
  expect(weights("How long is the leave?", "en")).toEqual(own)
  expect(weights("Wie lange dauert der Urlaub?", "en")).toEqual({ ...own, denseWeight: 0, sentenceShare: 0 })
  expect(weights("Wie lange dauert der Urlaub?", null)).toEqual(own)
})
