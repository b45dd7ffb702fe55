import type { Comment } from "./comments.ts"
import { shapeText } from "./drawing.ts"
import type { OfficePackage } from "./office-package.ts"
import { attribute, elements, textContent, type XmlNode } from "./xml.ts"

/** Names of those who have commented a presentation, by their id; PowerPoint has kept them in two ways. */
export function slideAuthors(office: OfficePackage, main: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const { type, target } of office.relations(main)) {
    const root = type === "commentAuthors" || type === "authors" ? office.xml(target) : undefined
    for (const author of root === undefined ? [] : elements(root, "cmAuthor", "author")) {
      const { id, name } = author.attributes
      if (id !== undefined && name !== undefined) names.set(id, name)
    }
  }
  return names
}

/** Comments of a slide and the answers to them, in order. */
export function slideComments(root: XmlNode, authors: ReadonlyMap<string, string>): readonly Comment[] {
  return elements(root, "cm").flatMap((comment) =>
    [comment, ...elements(comment, "reply")].map((one) => ({
      author: authors.get(attribute(one.attributes, "authorId") ?? "") ?? "",
      text: ownText(one),
    })),
  )
}

/** The newer kind holds paragraphs of DrawingML, the older plain text. */
function ownText(comment: XmlNode): string {
  const bodies = comment.children.filter((child) => typeof child !== "string")
  return bodies
    .filter(({ name }) => name === "txBody" || name === "text")
    .map((body) => (body.name === "text" ? textContent(body) : shapeText(body)))
    .join("\n")
}
