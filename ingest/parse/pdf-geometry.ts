/** a, b, c, d, x, y as PDF writes them: a point is a row that is multiplied from the left. */
export type Matrix = readonly [number, number, number, number, number, number]

/** In points; y rises upwards. */
export interface Box {
  readonly left: number
  readonly bottom: number
  readonly right: number
  readonly top: number
}

export const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0]

/** What applies `n` and then `m`. */
export function multiply(m: Matrix, n: Matrix): Matrix {
  return [
    m[0] * n[0] + m[2] * n[1],
    m[1] * n[0] + m[3] * n[1],
    m[0] * n[2] + m[2] * n[3],
    m[1] * n[2] + m[3] * n[3],
    m[0] * n[4] + m[2] * n[5] + m[4],
    m[1] * n[4] + m[3] * n[5] + m[5],
  ]
}

export function asMatrix(value: Iterable<number>): Matrix {
  const [a = 1, b = 0, c = 0, d = 1, x = 0, y = 0] = value
  return [a, b, c, d, x, y]
}

/** The upright box around one that is given by two of its corners and moved by a matrix. */
export function boxOf(m: Matrix, [x0 = 0, y0 = 0, x1 = 0, y1 = 0]: Iterable<number>): Box {
  const corners = [
    [x0, y0],
    [x1, y0],
    [x0, y1],
    [x1, y1],
  ] as const
  const xs = corners.map(([x, y]) => m[0] * x + m[2] * y + m[4])
  const ys = corners.map(([x, y]) => m[1] * x + m[3] * y + m[5])
  return { left: Math.min(...xs), bottom: Math.min(...ys), right: Math.max(...xs), top: Math.max(...ys) }
}

/** Within a point. */
export function contains(
  { left, bottom, right, top }: Box,
  { x, y }: { readonly x: number; readonly y: number },
): boolean {
  return x >= left - 1 && x <= right + 1 && y >= bottom - 1 && y <= top + 1
}

/** In square points. */
export function areaOf({ left, bottom, right, top }: Box): number {
  return Math.abs((right - left) * (top - bottom))
}
