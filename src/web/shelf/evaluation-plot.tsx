import "uplot/dist/uPlot.min.css"
import { useEffect, useRef } from "react"
import uPlot from "uplot"
import type { EvaluationRun } from "../api/evaluations.ts"
import { useTexts } from "../app/language.tsx"
import styles from "./evaluations.module.css"
import { useFormat } from "./format.ts"
import { type FigureName, figuresOf } from "./run-figures.ts"

const HEIGHT_PX = 260
/** Lines are told apart by their dashes too. */
const LINES = [
  { colour: "--accent", dash: [] },
  { colour: "--warn", dash: [6, 4] },
  { colour: "--good", dash: [2, 3] },
  { colour: "--bad", dash: [10, 4, 2, 4] },
] as const

interface EvaluationPlotProps {
  /** Newest first. */
  readonly runs: readonly EvaluationRun[]
  readonly figures: readonly FigureName[]
  readonly title: string
}

/** Figures run by run; the table below it says the same to who does not see it. */
export function EvaluationPlot({ runs, figures, title }: EvaluationPlotProps) {
  const { shelf } = useTexts()
  const { dateTime, day } = useFormat()
  const place = useRef<HTMLDivElement>(null)
  const names = shelf.evaluations.figures
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const inOrder = runs.toReversed()
    const labels = inOrder.map(({ createdAt }) => dateTime(createdAt))
    const days = inOrder.map(({ createdAt }) => day(createdAt))
    let plot: uPlot | undefined
    const draw = () => {
      plot?.destroy()
      const words = { labels, days, names, run: shelf.evaluations.time }
      plot = new uPlot(optionsFor(element, figures, words), dataOf(inOrder, figures), element)
    }
    draw()
    const resized = new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height: HEIGHT_PX }))
    resized.observe(element)
    // the colours are those of the theme, which the system or the switch may change
    const system = window.matchMedia("(prefers-color-scheme: dark)")
    system.addEventListener("change", draw)
    const switched = new MutationObserver(draw)
    switched.observe(document.documentElement, { attributeFilter: ["data-theme"] })
    return () => {
      system.removeEventListener("change", draw)
      switched.disconnect()
      resized.disconnect()
      plot?.destroy()
    }
  }, [runs, figures, names, dateTime, day, shelf])
  return (
    <figure className={styles.figure}>
      <figcaption>{title}</figcaption>
      <div ref={place} className={styles.plot} />
    </figure>
  )
}

function dataOf(runs: readonly EvaluationRun[], figures: readonly FigureName[]): uPlot.AlignedData {
  const values = runs.map(figuresOf)
  return [runs.map((_, at) => at), ...figures.map((name) => values.map((value) => value[name]))]
}

function optionsFor(
  element: HTMLElement,
  figures: readonly FigureName[],
  words: {
    readonly labels: readonly string[]
    /** For the axis. */
    readonly days: readonly string[]
    readonly names: Readonly<Record<FigureName, string>>
    readonly run: string
  },
): uPlot.Options {
  const colour = resolver(element)
  const axis = {
    stroke: colour("--text-quiet"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { stroke: colour("--line"), width: 1 },
  }
  const label = (at: number) => words.labels[at] ?? ""
  return {
    ...{ width: element.clientWidth, height: HEIGHT_PX },
    scales: { x: { time: false, range: (_, low, high) => [low - 0.25, high + 0.25] } },
    axes: [
      { ...axis, space: 70, values: (_, splits) => splits.map((at) => words.days[at] ?? "") },
      { ...axis, size: 56 },
    ],
    series: [
      { label: words.run, value: (_, at) => (at === null ? "–" : label(at)) },
      ...figures.map((name, at): uPlot.Series => {
        const line = LINES[at % LINES.length] ?? LINES[0]
        const stroke = colour(line.colour)
        return {
          ...{ label: words.names[name], stroke, width: 2, dash: [...line.dash], spanGaps: true },
          points: { show: true, size: 7, stroke, fill: stroke },
        }
      }),
    ],
  }
}

/** A canvas knows no variables of CSS, and no `light-dark()`: what an element would be drawn in. */
function resolver(element: HTMLElement): (variable: string) => string {
  const probe = document.createElement("span")
  return (variable) => {
    probe.style.color = `var(${variable})`
    element.append(probe)
    const { color } = getComputedStyle(probe)
    probe.remove()
    return color
  }
}
