import { useQuery } from "@tanstack/react-query"
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react"
import { listCollectionNames } from "../api/collections.ts"
import { useTexts } from "../app/language.tsx"
import { Icon } from "../parts/icon.tsx"
import styles from "./question-box.module.css"

export const MODES = ["answer", "quotes", "search"] as const
export type Mode = (typeof MODES)[number]

export interface Asked {
  readonly question: string
  readonly mode: Mode
  readonly collection: string | undefined
}

interface QuestionBoxProps {
  readonly onAsk: (asked: Asked) => void
  /** Ends what is being written; the button is there while something is. */
  readonly onStop?: (() => void) | undefined
  readonly isFollowUp?: boolean
  readonly firstText?: string
  readonly firstMode?: Mode
}

const LONGEST = 8_000

/** The one box: what is typed is answered, quoted or searched for. */
export function QuestionBox({
  onAsk,
  onStop,
  isFollowUp = false,
  firstText = "",
  firstMode = "answer",
}: QuestionBoxProps) {
  const { ask } = useTexts()
  const id = useId()
  const field = useRef<HTMLTextAreaElement>(null)
  const [text, setText] = useState(firstText)
  const [mode, setMode] = useState<Mode>(firstMode)
  const [collection, setCollection] = useState("")
  const { data: collections = [] } = useQuery({
    queryKey: ["collection-names"],
    queryFn: ({ signal }) => listCollectionNames(signal),
  })

  useEffect(() => {
    if (window.matchMedia("(pointer: fine)").matches) field.current?.focus({ preventScroll: true })
  }, [])

  const send = () => {
    const question = text.trim()
    if (question === "" || onStop !== undefined) return
    onAsk({ question, mode, collection: collection === "" ? undefined : collection })
    if (mode !== "search") setText("")
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    send()
  }

  return (
    <form
      className={styles.box}
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <label className={styles.label} htmlFor={id}>
        {ask.question}
      </label>
      <div className={styles.field}>
        <textarea
          id={id}
          ref={field}
          data-question-box
          rows={1}
          maxLength={LONGEST}
          value={text}
          placeholder={isFollowUp ? ask.followUpPlaceholder : ask.placeholder}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          enterKeyHint="send"
        />
        {onStop === undefined ? (
          <button type="submit" className={styles.send} aria-label={ask.modes[mode].verb} disabled={text.trim() === ""}>
            <Icon name="send" />
          </button>
        ) : (
          <button type="button" className={styles.send} aria-label={ask.stop} title={ask.stopHint} onClick={onStop}>
            <Icon name="stop" />
          </button>
        )}
      </div>
      <div className={styles.choices}>
        <fieldset className={styles.modes}>
          <legend className={styles.label}>{ask.mode}</legend>
          {MODES.map((one) => (
            <label key={one} className={styles.mode} title={ask.modes[one].hint}>
              <input type="radio" name={`${id}-mode`} checked={mode === one} onChange={() => setMode(one)} />
              {ask.modes[one].name}
            </label>
          ))}
        </fieldset>
        {collections.length < 2 ? null : (
          <select
            className={styles.collection}
            aria-label={ask.collection}
            value={collection}
            onChange={(event) => setCollection(event.target.value)}
          >
            <option value="">{ask.allCollections}</option>
            {collections.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        )}
        <p className={styles.keys}>
          <kbd>/</kbd> {ask.keys.focus} <kbd>j</kbd>
          <kbd>k</kbd> {ask.keys.quotes} <kbd>Esc</kbd> {ask.keys.stop}
        </p>
      </div>
    </form>
  )
}
