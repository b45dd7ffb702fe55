import { useQuery, useQueryClient } from "@tanstack/react-query"
import { createContext, type ReactNode, useContext, useEffect } from "react"
import { getSession, SESSION_KEY, type SignedIn, signIn, signOut } from "../api/session.ts"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import { goTo, useHashPath } from "./hash-location.ts"
import { SignIn } from "./sign-in.tsx"

const SIGN_IN_PATH = /^#\/sign-in\/([\w-]+)$/
const SessionContext = createContext<SignedIn | null>(null)

/** Shows the page to who has signed in, and to everybody else where the key is found. */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const [path] = useHashPath()
  const { data, error, isPending, refetch } = useQuery({
    queryKey: SESSION_KEY,
    queryFn: () => takeKeyOfAddress() ?? getSession(),
    staleTime: Number.POSITIVE_INFINITY,
  })
  useEffect(() => {
    if (path.startsWith("/sign-in/")) void refetch()
  }, [path, refetch])
  if (isPending) return null
  if (data === undefined) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (data === null) return <SignIn />
  return <SessionContext value={data}>{children}</SessionContext>
}

/** Who has signed in; views stand inside of the gate alone. */
export function useSession(): SignedIn {
  const session = useContext(SessionContext)
  if (session === null) throw new TypeError("useSession() stands outside of the gate")
  return session
}

/** Ends the session, and forgets all that was read with it. */
export function useSignOut(): () => Promise<void> {
  const client = useQueryClient()
  return async () => {
    await signOut()
    client.clear()
    goTo("/")
    window.location.reload()
  }
}

/** The address that `npm start` prints carries the key: it is taken out before anything else, history included. */
function takeKeyOfAddress(): Promise<SignedIn | null> | undefined {
  const [, key] = SIGN_IN_PATH.exec(window.location.hash) ?? []
  if (key === undefined) return undefined
  goTo("/", { replace: true })
  // a key that is not known any more: the field says where the right one is found
  return signIn(key).catch(() => null)
}
