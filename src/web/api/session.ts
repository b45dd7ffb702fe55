import { requestJson } from "./request.ts"

export const SESSION_KEY = ["session"] as const

/** Who has signed in. */
export interface SignedIn {
  readonly id: string
  readonly role: "admin" | "reader"
  readonly collections: "all" | readonly string[]
}

export async function getSession(): Promise<SignedIn | null> {
  const { principal } = await requestJson<{ principal: SignedIn | null }>("/api/session")
  return principal
}

/** Throws `ApiProblem` with 401 for a key that is not known. */
export async function signIn(key: string): Promise<SignedIn | null> {
  const { principal } = await requestJson<{ principal: SignedIn | null }>("/api/session", { body: { key } })
  return principal
}

export async function signOut(): Promise<void> {
  await requestJson("/api/session", { method: "DELETE" })
}
