import { useEffect, useRef } from "react"
import { Link, useLocation } from "wouter"
import { ConversationList } from "../ask/conversation-list.tsx"
import { Button } from "../parts/button.tsx"
import { Icon, type IconName } from "../parts/icon.tsx"
import { useTexts } from "./language.tsx"
import { Routes } from "./routes.tsx"
import { useSession, useSignOut } from "./session.tsx"
import { Settings } from "./settings.tsx"
import styles from "./shell.module.css"

type Place = "documents" | "folders" | "queue" | "collections" | "models" | "health" | "evaluations"
const PLACES: readonly { readonly place: Place; readonly icon: IconName; readonly isForAdmin: boolean }[] = [
  { place: "documents", icon: "document", isForAdmin: false },
  { place: "folders", icon: "folder", isForAdmin: true },
  { place: "queue", icon: "queue", isForAdmin: false },
  { place: "collections", icon: "collection", isForAdmin: false },
  { place: "models", icon: "model", isForAdmin: false },
  { place: "health", icon: "health", isForAdmin: false },
  { place: "evaluations", icon: "chart", isForAdmin: true },
]

/** What stands around every view: beside it on wide screens, in a drawer behind a button on narrow ones. */
export function Shell() {
  const { app } = useTexts()
  const [path] = useLocation()
  const main = useRef<HTMLElement>(null)
  const drawer = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (path !== "") drawer.current?.close()
  }, [path])
  return (
    <div className={styles.shell}>
      <button type="button" className={styles.skip} onClick={() => main.current?.focus()}>
        {app.skip}
      </button>
      <header className={styles.bar}>
        <Button kind="quiet" label={app.menu} onClick={() => drawer.current?.showModal()}>
          <Icon name="menu" />
        </Button>
        <Link href="/" className={styles.brand}>
          Ibid
        </Link>
        <Link href="/" className={styles.new} aria-label={app.newQuestion}>
          <Icon name="plus" />
        </Link>
      </header>
      <aside className={styles.side}>
        <Menu />
      </aside>
      <dialog ref={drawer} className={styles.drawer} aria-label={app.menu}>
        <Button kind="quiet" label={app.close} onClick={() => drawer.current?.close()}>
          <Icon name="close" />
        </Button>
        <Menu />
      </dialog>
      <main ref={main} tabIndex={-1} className={styles.main}>
        <Routes />
      </main>
    </div>
  )
}

function Menu() {
  const { app } = useTexts()
  const [path] = useLocation()
  const { role } = useSession()
  const leave = useSignOut()
  return (
    <div className={styles.menu}>
      <Link href="/" className={styles.brand}>
        Ibid
      </Link>
      <nav aria-label={app.navigation}>
        <ul>
          <li>
            <Link href="/" className={styles.entry} aria-current={path === "/" ? "page" : undefined}>
              <Icon name="ask" />
              {app.places.ask}
            </Link>
          </li>
          {PLACES.filter(({ isForAdmin }) => !isForAdmin || role === "admin").map(({ place, icon }) => (
            <li key={place}>
              <Link
                href={`/${place}`}
                className={styles.entry}
                aria-current={path.startsWith(`/${place}`) ? "page" : undefined}
              >
                <Icon name={icon} />
                {app.places[place]}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <ConversationList />
      <div className={styles.foot}>
        <Settings />
        <Button kind="quiet" onClick={() => void leave()}>
          <Icon name="leave" />
          {app.signOut}
        </Button>
      </div>
    </div>
  )
}
