import type { ComponentProps, ReactNode } from "react"
import styles from "./button.module.css"

export interface ButtonProps extends Omit<ComponentProps<"button">, "className" | "aria-label"> {
  /** `primary` is what a view is for, once in it; `quiet` has no frame. */
  readonly kind?: "primary" | "plain" | "quiet" | "danger"
  /** Of a button that shows an icon alone. */
  readonly label?: string
  /** What it does is under way: it stays where it is and takes no second press. */
  readonly isBusy?: boolean
  readonly children: ReactNode
}

export function Button({ kind = "plain", label, isBusy = false, type = "button", disabled, ...rest }: ButtonProps) {
  const isIcon = label !== undefined
  return (
    <button
      {...rest}
      type={type}
      disabled={disabled === true || isBusy}
      aria-busy={isBusy || undefined}
      aria-label={label}
      title={label}
      className={`${styles.button} ${styles[kind]} ${isIcon ? styles.icon : ""}`}
    />
  )
}
