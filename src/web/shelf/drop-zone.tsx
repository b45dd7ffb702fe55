import { type DragEvent, type ReactNode, useRef, useState } from "react"
import { useTexts } from "../app/language.tsx"
import { Icon } from "../parts/icon.tsx"
import styles from "./drop-zone.module.css"
import { type DroppedFile, filesOfDrop } from "./files-of-drop.ts"

interface DropZoneProps {
  /** False for who may not add documents. */
  readonly isActive: boolean
  readonly onFiles: (files: readonly DroppedFile[]) => void
  readonly children: ReactNode
}

/** Takes files that are dropped anywhere on what stands inside. */
export function DropZone({ isActive, onFiles, children }: DropZoneProps) {
  const { shelf } = useTexts()
  const [isOver, setOver] = useState(false)
  // entering a child leaves its parent
  const depth = useRef(0)
  const carriesFiles = ({ dataTransfer }: DragEvent) => isActive && dataTransfer.types.includes("Files")
  const step = (by: number) => {
    depth.current += by
    setOver(depth.current > 0)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button beside it does the same by keyboard
    <div
      className={styles.zone}
      onDragEnter={(event) => {
        if (carriesFiles(event)) step(1)
      }}
      onDragLeave={(event) => {
        if (carriesFiles(event)) step(-1)
      }}
      onDragOver={(event) => {
        if (carriesFiles(event)) event.preventDefault()
      }}
      onDrop={(event) => {
        if (!carriesFiles(event)) return
        event.preventDefault()
        step(-depth.current)
        void filesOfDrop(event.dataTransfer).then(onFiles)
      }}
    >
      {children}
      {isOver ? (
        <div className={styles.over} aria-hidden="true">
          <p>
            <Icon name="upload" />
            {shelf.uploads.drop}
          </p>
        </div>
      ) : null}
    </div>
  )
}
