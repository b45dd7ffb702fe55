import { createHash } from "node:crypto"
import type { Upload } from "../app/knowledge-base.ts"
import { IbidError } from "../core/errors.ts"

const LONGEST_PATH = 1_024
const FORM_FIELDS: ReadonlySet<string> = new Set(["file", "path", "collection", "title"])
/** What clients state when nobody told them better; the content and the name decide then. */
const GENERAL_TYPES: ReadonlySet<string> = new Set([
  "",
  "application/octet-stream",
  "application/x-www-form-urlencoded",
])

/**
 * One document of a form, or of the body itself with its path in the query or in `X-Document-Path`. Throws
 * `invalid-request`, `too-many-files`.
 */
export async function readUpload(request: Request, query: URLSearchParams): Promise<Upload> {
  const contentType = request.headers.get("content-type") ?? ""
  const isForm = /^multipart\/form-data(?:;|$)/i.test(contentType)
  const form = isForm ? await readForm(request) : undefined
  const file = form === undefined ? undefined : onlyFile(form)
  const named = (name: string) => {
    const value = form?.get(name) ?? query.get(name)
    return typeof value === "string" && value !== "" ? value : undefined
  }
  const path = named("path") ?? decoded(request.headers.get("x-document-path")) ?? file?.name
  if (path === undefined) {
    throw new IbidError("invalid-request", "Cannot store the document: it has no path; add ?path=NAME")
  }
  const [collection, title] = [named("collection"), named("title")]
  const stated = ((file?.type ?? contentType).split(";")[0] ?? "").trim().toLowerCase()
  return {
    path: checkedPath(path),
    bytes: new Uint8Array(await (file ?? request).arrayBuffer()),
    ...(GENERAL_TYPES.has(stated) ? {} : { mediaType: stated }),
    ...(collection === undefined ? {} : { collection }),
    ...(title === undefined ? {} : { title }),
  }
}

/** SHA-256 of all that was sent. */
export function fingerprint(received: Upload): string {
  const { bytes, ...rest } = received
  return createHash("sha256").update(JSON.stringify(rest)).update(bytes).digest("hex")
}

async function readForm(request: Request): Promise<FormData> {
  try {
    return await request.formData()
  } catch (thrown) {
    if (thrown instanceof IbidError) throw thrown
    throw new IbidError("invalid-request", "Cannot read the upload: the form is broken", { cause: thrown })
  }
}

/** A misspelt `collection` would open a document to other readers, a second file would be lost: both are refused. */
function onlyFile(form: FormData): File {
  const files = [...form.values()].filter((value) => value instanceof File).length
  if (files > 1) {
    const message = `Cannot read the upload: it has ${files} files; send one request for each file`
    throw new IbidError("too-many-files", message, { context: { errors: [{ pointer: "/file", detail: message }] } })
  }
  const unknown = [...form.keys()].find((name) => !FORM_FIELDS.has(name))
  if (unknown !== undefined) throw refused(unknown.slice(0, 100), "is not a known field")
  const [file, second] = form.getAll("file")
  if (!(file instanceof File) || second !== undefined) throw refused("file", "is needed, once and as a file")
  return file
}

function refused(field: string, detail: string): IbidError {
  const errors = [{ pointer: `/${field.replaceAll("~", "~0").replaceAll("/", "~1")}`, detail }]
  return new IbidError("invalid-request", `Cannot read the upload: "${field}" ${detail}`, { context: { errors } })
}

/** Headers carry ASCII, so names are percent-encoded; what is no encoding stands for itself. */
function decoded(header: string | null): string | undefined {
  if (header === null || header === "") return undefined
  try {
    return decodeURIComponent(header)
  } catch {
    return header
  }
}

/**
 * A name within the uploads: relative, without `.` and `..`. Line ends and direction marks are kept as files may have
 * them in their names; who shows a name escapes them.
 */
function checkedPath(path: string): string {
  const parts = path.normalize("NFC").replaceAll("\\", "/").split("/")
  const isSafe = path.length <= LONGEST_PATH && parts.every((part) => part !== "" && part !== "." && part !== "..")
  if (!isSafe || path.includes("\0")) {
    throw new IbidError("invalid-request", "Cannot store the document: its path must be relative and plain")
  }
  return parts.join("/")
}
