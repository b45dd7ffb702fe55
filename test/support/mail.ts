interface MailPart {
  readonly type: string
  readonly body: string | Uint8Array
  readonly name?: string
  readonly headers?: readonly string[]
}

/** A mail with the given parts; header lines come before. A single part is the mail itself. */
export function mail(headers: readonly string[], parts: readonly MailPart[], kind = "mixed"): Buffer {
  const head = ["MIME-Version: 1.0", ...headers]
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return Buffer.from([...head, ...partLines(only)].join("\r\n"))
  const boundary = "=_part_of_the_mail"
  return Buffer.from(
    [
      ...[...head, `Content-Type: multipart/${kind}; boundary="${boundary}"`, ""],
      ...parts.flatMap((part) => [`--${boundary}`, ...partLines(part)]),
      ...[`--${boundary}--`, ""],
    ].join("\r\n"),
  )
}

function partLines({ type, body, name, headers = [] }: MailPart): string[] {
  const bytes = Buffer.from(body)
  const lines = bytes.toString("base64").match(/.{1,76}/g) ?? []
  const disposition = name === undefined ? [] : [`Content-Disposition: attachment; filename="${name}"`]
  return [`Content-Type: ${type}`, "Content-Transfer-Encoding: base64", ...disposition, ...headers, "", ...lines, ""]
}
