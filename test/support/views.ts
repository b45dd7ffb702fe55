import type { Page } from "playwright-core"
import type { PageServer } from "./browser.ts"

/** A place of the page with something to see. */
export interface View {
  readonly name: string
  /** Behind `#`. */
  readonly path: string
}

export interface Prepared {
  readonly answerId: string
  readonly abstainedId: string
  /** Of an answer out of a PDF file, with the place that it cites. */
  readonly pdf: { readonly answerId: string; readonly place: string }
  readonly documentId: string
  readonly start: number
  readonly end: number
}

const CONVERSATION = "views"

/** Asks what the views show: an answer, one that abstains, and a follow-up in one conversation. */
export async function prepareViews(server: PageServer): Promise<Prepared> {
  const ask = async (question: string): Promise<Answer> => {
    const response = await server.send("/api/ask", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ question, conversationId: CONVERSATION }),
    })
    return (await response.json()) as Answer
  }
  const answer = await ask("How many weeks of parental leave do employees get?")
  const pdf = await ask("How tight must the bolts of the housing cover be?")
  const abstained = await ask("What is the population of Mars?")
  const [citation] = answer.citations
  const [inPdf] = pdf.citations
  if (citation === undefined || inPdf === undefined) throw new Error("The sample's questions were not answered")
  const { documentId, start, end } = citation
  const place = `source=${inPdf.documentId}&start=${inPdf.start}&end=${inPdf.end}`
  return { answerId: answer.id, abstainedId: abstained.id, pdf: { answerId: pdf.id, place }, documentId, start, end }
}

/** Every view, by its address. */
export function viewsOf({ answerId, abstainedId, pdf, documentId, start, end }: Prepared): readonly View[] {
  const place = `start=${start}&end=${end}`
  return [
    { name: "ask", path: "/" },
    { name: "conversation", path: `/conversation/${CONVERSATION}` },
    { name: "search", path: "/?q=parental+leave" },
    { name: "answer", path: `/answer/${answerId}` },
    { name: "answer-with-source", path: `/answer/${answerId}?source=${documentId}&${place}` },
    { name: "answer-with-pdf", path: `/answer/${pdf.answerId}?${pdf.place}` },
    { name: "abstained", path: `/answer/${abstainedId}` },
    { name: "why", path: `/answer/${answerId}/why` },
    { name: "source", path: `/source/${documentId}?${place}` },
    { name: "documents", path: "/documents" },
    { name: "document", path: `/documents/${documentId}` },
    { name: "folders", path: "/folders" },
    { name: "queue", path: "/queue" },
    { name: "collections", path: "/collections" },
    { name: "models", path: "/models" },
    { name: "health", path: "/health" },
    { name: "evaluations", path: "/evaluations" },
    { name: "nowhere", path: "/nowhere" },
  ]
}

/** Goes to a view and waits until it has all that it asks the server for. */
export async function openView(page: Page, server: PageServer, { path }: View): Promise<void> {
  // another address behind `#` alone would leave what the former view has shown
  await page.goto("about:blank")
  await page.goto(`${server.address}/#${path}`)
  await page.locator("main h1, main h2").first().waitFor()
  await page.waitForLoadState("networkidle")
}

interface Answer {
  readonly id: string
  readonly citations: readonly { readonly documentId: string; readonly start: number; readonly end: number }[]
}
