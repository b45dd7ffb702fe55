import type { Answer } from "../core/types.ts"

/** Citations in the shape of OpenAI's message annotations, with the whole citation beside them. */
export function toAnnotations(answer: Answer) {
  return answer.citations.map((citation) => {
    const marker = `[${citation.marker}]`
    const at = answer.text.indexOf(marker)
    const { documentId, start, end, title } = citation
    return {
      type: "url_citation" as const,
      url_citation: {
        start_index: Math.max(0, at),
        end_index: Math.max(0, at) + marker.length,
        title,
        url: `/api/documents/${encodeURIComponent(documentId)}/text?start=${start}&end=${end}`,
      },
      ibid: citation,
    }
  })
}
