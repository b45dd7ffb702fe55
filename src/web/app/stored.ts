/** A choice that this browser keeps; without storage (a private window) it lasts as long as the page. */
export function readStored(name: string): string | null {
  try {
    return window.localStorage.getItem(name)
  } catch {
    return null
  }
}

/** Keeps a choice, or forgets it where the value is null. */
export function writeStored(name: string, value: string | null): void {
  try {
    if (value === null) window.localStorage.removeItem(name)
    else window.localStorage.setItem(name, value)
  } catch {
    // storage is off: nothing is lost but the choice
  }
}
