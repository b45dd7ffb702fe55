import { plainNumber } from "./number-format.ts"
import { attribute, elements, textContent, type XmlNode } from "./xml.ts"

/** Far more than a chart can show. */
const MOST_CATEGORIES = 500

/** Title, titles of the axes and names of the series of a chart part (`c:chartSpace`, `cx:chartSpace`), in order. */
export function chartNames(chart: XmlNode): readonly string[] {
  const titles = elements(chart, "title").map(titleText)
  const series = seriesOf(chart).map(seriesName)
  return [...new Set([...titles, ...series])].filter((name) => name !== "")
}

/**
 * What a chart shows as lines: its title, those of its axes, then `category: series value; series value`. The values
 * are those that the document keeps for the case that the workbook behind the chart is not at hand.
 */
export function chartLines(chart: XmlNode): readonly string[] {
  const titles = elements(chart, "title").map(titleText)
  const rows = new Map<string, string[]>()
  const series = seriesOf(chart)
  const names = series.map(seriesName)
  for (const [index, one] of series.entries()) {
    const categories = points(one, "cat", "xVal")
    for (const [place, value] of points(one, "val", "yVal")) {
      const category = categories.get(place) ?? String(place + 1)
      if (rows.size >= MOST_CATEGORIES && !rows.has(category)) continue
      const values = rows.get(category) ?? []
      rows.set(category, values)
      values.push(`${names[index] ?? ""} ${shownNumber(value)}`.trim())
    }
  }
  const lines = [...rows].map(([category, values]) => `${category}: ${values.join("; ")}`)
  const [title = [], ...axes] = titles.map((text) => [text])
  return [...title, ...axes.flat(), ...(lines.length > 0 ? lines : names)].filter((line) => line !== "")
}

function seriesOf(chart: XmlNode): readonly XmlNode[] {
  return elements(chart, "ser", "series")
}

function seriesName(series: XmlNode): string {
  const [name] = elements(series, "tx")
  return name === undefined ? "" : elements(name, "v").map(textContent).join(" ").trim()
}

/** A title is rich text, or the last known content of a cell. */
function titleText(title: XmlNode): string {
  return elements(title, "t", "v").map(textContent).join("").trim()
}

/** Values by their place in the series, from 0. */
function points(series: XmlNode, ...names: readonly string[]): ReadonlyMap<number, string> {
  const values = new Map<number, string>()
  const [list] = elements(series, ...names)
  for (const point of list === undefined ? [] : elements(list, "pt")) {
    const value = elements(point, "v").map(textContent).join(" ").trim()
    if (value !== "") values.set(Number(attribute(point.attributes, "idx") ?? values.size), value)
  }
  return values
}

function shownNumber(value: string): string {
  const number = Number(value)
  return Number.isFinite(number) ? plainNumber(number) : value
}
