export interface MarkdownSource {
  readonly title: string | null
  readonly body: string
}

/** Takes YAML (`---`) or TOML (`+++`) front matter off a page and its title out of it. Lines end with `\n`. */
export function splitFrontMatter(source: string): MarkdownSource {
  const fence = source.startsWith("---\n") ? "---" : source.startsWith("+++\n") ? "+++" : undefined
  if (fence === undefined) return { title: null, body: source }
  const lines = source.split("\n")
  const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === fence)
  if (end < 0) return { title: null, body: source }
  return { title: frontMatterTitle(lines.slice(1, end)), body: lines.slice(end + 1).join("\n") }
}

/**
 * Removes the tags of site generators (`{% … %}`, whole comments, addresses of the form `]({{ … }})`) outside of code:
 * they are instructions to a program, and left in place they stop Markdown from seeing the links that they stand in.
 */
export function removeTemplateTags(body: string): string {
  if (!/\{[%{#]/.test(body)) return body
  return outsideFences(withoutComments(body), (text) =>
    text.replace(TAG_OR_CODE, (match) => (match.startsWith("{") ? "" : match.startsWith("]") ? "](" : match)),
  )
}

// Bounded repetition without braces inside: linear on any input. Inline code is matched first, to be kept.
const TAG_OR_CODE = /`[^`\n]*`|\{%[^{}]{0,2000}?%\}|\{#[^{}]{0,2000}?#\}|\]\(\s*\{\{[^{}]{0,500}\}\}/g
const COMMENT_START = /\{%-?\s{0,9}comment\s{0,9}-?%\}/g
const COMMENT_END = /\{%-?\s{0,9}endcomment\s{0,9}-?%\}/g

function withoutComments(body: string): string {
  let kept = ""
  let from = 0
  for (const start of body.matchAll(COMMENT_START)) {
    if (start.index < from) continue
    COMMENT_END.lastIndex = start.index
    const end = COMMENT_END.exec(body)
    if (end === null) break
    kept += body.slice(from, start.index)
    from = end.index + end[0].length
  }
  return kept + body.slice(from)
}

/** Applies `change` to the stretches of lines that stand outside of fenced code. */
function outsideFences(body: string, change: (text: string) => string): string {
  const stretches: string[] = []
  let open: string | undefined
  let lines: string[] = []
  const close = (): void => {
    if (lines.length > 0) stretches.push(open === undefined ? change(lines.join("\n")) : lines.join("\n"))
    lines = []
  }
  for (const line of body.split("\n")) {
    const fence = /^\s{0,3}(?:>\s?)?\s*(`{3,}|~{3,})/.exec(line)?.[1]
    if (open === undefined && fence !== undefined) {
      close()
      open = fence
      lines.push(line)
    } else if (open !== undefined && fence?.startsWith(open) === true) {
      lines.push(line)
      close()
      open = undefined
    } else lines.push(line)
  }
  close()
  return stretches.join("\n")
}

function frontMatterTitle(lines: readonly string[]): string | null {
  const index = lines.findIndex((line) => /^title\s*[:=]/.test(line))
  const value = lines[index]?.replace(/^title\s*[:=]\s*/, "").trim()
  if (value === undefined) return null
  if (/^[>|][-+]?$/.test(value) || value === "") {
    const rest = lines.slice(index + 1)
    const end = rest.findIndex((line) => !/^\s+\S/.test(line))
    return (
      rest
        .slice(0, end < 0 ? rest.length : end)
        .map((line) => line.trim())
        .join(" ") || null
    )
  }
  const quoted = /^(["'])(.*)\1(?:\s+#.*)?$/.exec(value)
  if (quoted?.[2] === undefined) return value.replace(/(?<!\s)\s+#.*$/, "")
  return quoted[1] === "'" ? quoted[2].replaceAll("''", "'") : quoted[2].replace(/\\(["\\])/g, "$1")
}
