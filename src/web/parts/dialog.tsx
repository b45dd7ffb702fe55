import { type ReactNode, useEffect, useId, useRef } from "react"
import { useTexts } from "../app/language.tsx"
import { Button } from "./button.tsx"
import styles from "./dialog.module.css"
import { Icon } from "./icon.tsx"

interface DialogProps {
  readonly title: string
  /** Also by Esc, and by a press beside it. */
  readonly onClose: () => void
  readonly children: ReactNode
  /** `sheet` covers the window, for what is read; what stands in it has a head of its own, with its way out. */
  readonly kind?: "box" | "sheet"
}

/** Stands before the page while it is there; the browser keeps the focus inside and gives it back. */
export function Dialog({ title, onClose, children, kind = "box" }: DialogProps) {
  const { app } = useTexts()
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const shown = dialog.current
    shown?.showModal()
    return () => shown?.close()
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc is the key of a dialog, by `cancel`
    <dialog
      ref={dialog}
      className={`${styles.dialog} ${styles[kind]}`}
      {...(kind === "sheet" ? { "aria-label": title } : { "aria-labelledby": id })}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose()
      }}
    >
      {kind === "sheet" ? (
        children
      ) : (
        <div className={styles.content}>
          <header className={styles.head}>
            <h2 id={id}>{title}</h2>
            <Button kind="quiet" label={app.close} onClick={onClose}>
              <Icon name="close" />
            </Button>
          </header>
          {children}
        </div>
      )}
    </dialog>
  )
}
