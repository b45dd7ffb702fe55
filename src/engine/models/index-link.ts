/**
 * Address that a link on an index page leads to, or undefined where it is none. A company's index wants the password of
 * its own address for the files too, so a link to the same host gets it.
 */
export function indexLink(link: string | undefined, page: string, servedFrom: string): string | undefined {
  if (link === undefined || !URL.canParse(link, servedFrom)) return undefined
  const url = new URL(link, servedFrom)
  const index = new URL(page)
  if (url.host === index.host) {
    url.username = index.username
    url.password = index.password
  }
  url.hash = ""
  return url.href
}
