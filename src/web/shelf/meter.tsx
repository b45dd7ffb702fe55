import styles from "./meter.module.css"

interface MeterProps {
  readonly label: string
  /** 0 to 1; null where it is not known how far it is. */
  readonly share: number | null
}

/** How far something is. */
export function Meter({ label, share }: MeterProps) {
  const percent = share === null ? undefined : Math.round(Math.min(Math.max(share, 0), 1) * 100)
  return (
    <div
      className={`${styles.meter} ${percent === undefined ? styles.unknown : ""}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <span style={{ transform: `scaleX(${(percent ?? 35) / 100})` }} />
    </div>
  )
}
