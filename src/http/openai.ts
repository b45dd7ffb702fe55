import type { Answer } from "../core/types.ts"

/** Citations in the shape of OpenAI's message annotations, with the whole citation beside them. */
export function toAnnotations(answer: Answer) {
  return answer.citations.map((citation) => {
    const marker = `[${citation.marker}]`
    const at = answer.text.indexOf(marker)
    // an answer that does not show the marker is annotated at its end
    const [start_index, end_index] = at < 0 ? [answer.text.length, answer.text.length] : [at, at + marker.length]
    const { documentId, start, end, title } = citation
    return {
      type: "url_citation" as const,
      url_citation: {
        ...{ start_index, end_index, title },
        url: `/api/documents/${encodeURIComponent(documentId)}/text?start=${start}&end=${end}`,
      },
      ibid: citation,
    }
  })
}
