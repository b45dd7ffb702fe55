import type { ReadingReport, RecognisedPage } from "../src/core/types.ts"

/** The report names each page that recognition has failed for, with the code, whatever its parser says of it. */
export function withUnreadPages(report: ReadingReport, recognised: readonly RecognisedPage[]): ReadingReport {
  const failed = recognised.flatMap(({ page, code }) => (code === undefined ? [] : [{ page, code }]))
  if (failed.length === 0) return report
  const others = report.weakPages.filter(({ page }) => !failed.some((one) => one.page === page))
  const unread = failed.map(({ page, code }) => ({ page, reason: "unreadable", confidence: null, code }) as const)
  return { ...report, weakPages: [...others, ...unread].sort((a, b) => a.page - b.page) }
}
