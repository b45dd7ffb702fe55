import { type AcceptedContent, acceptContents, type NewContent } from "../../src/db/accept-documents.ts"
import type { Database } from "../../src/db/client.ts"

/** A group of one. */
export async function acceptContent(database: Database, content: NewContent): Promise<AcceptedContent> {
  const [accepted] = await acceptContents(database, [content])
  if (accepted === undefined) throw new RangeError("The content was not accepted")
  return accepted
}
