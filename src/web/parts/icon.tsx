import styles from "./icon.module.css"

/** Strokes on a field of 20 by 20. */
const PATHS = {
  ask: "M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM13 13l4 4",
  document: "M5.5 2.5h6l3.5 3.5v11.5h-9.5zM11.5 2.5v3.5h3.5M8 10h5M8 13h5",
  folder: "M2.5 5h5l1.5 2h8.5v9h-15z",
  queue: "M3 5h14M3 10h14M3 15h8",
  collection: "M4 3.5h3v13h-3zM8.5 3.5h3v13h-3zM13.2 4.2l2.9-.8 3 12.4-2.9.8z",
  model: "M5.5 5.5h9v9h-9zM8 2.5v3M12 2.5v3M8 14.5v3M12 14.5v3M2.5 8h3M2.5 12h3M14.5 8h3M14.5 12h3",
  health: "M2.5 10.5h3.5l2-5 3.5 9 2-4h4",
  chart: "M3 3v14h14M6.5 13.5v-3M10 13.5v-7M13.5 13.5v-5",
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
  plus: "M10 4v12M4 10h12",
  close: "M5 5l10 10M15 5l-10 10",
  leave: "M8 3.5h-4.5v13h4.5M12 6.5l3.5 3.5-3.5 3.5M15.5 10h-8",
  check: "M4 10.5l4 4 8-9",
  warning: "M10 3.5l7.5 13h-15zM10 8.5v3.5M10 14.2v.3",
  copy: "M7 7h9.5v9.5h-9.5zM13 7v-3.5h-9.5v9.5h3.5",
  link: "M8.5 11.5l3-3M7 9l-2.2 2.2a2.8 2.8 0 0 0 4 4l2.2-2.2M13 11l2.2-2.2a2.8 2.8 0 0 0-4-4l-2.2 2.2",
  download: "M10 3v9.5M6 9l4 4 4-4M3.5 16.5h13",
  upload: "M10 13v-9.5M6 7l4-4 4 4M3.5 16.5h13",
  previous: "M12.5 4.5l-5.5 5.5 5.5 5.5",
  next: "M7.5 4.5l5.5 5.5-5.5 5.5",
  stop: "M5 5h10v10h-10z",
  again: "M15.5 6.5a6.5 6.5 0 1 0 1 5M16 3v4h-4",
  trash: "M4 5.5h12M8 5.5v-2h4v2M5.5 5.5l.8 11.5h7.4l.8-11.5",
  send: "M10 16.5v-13M5 8.5l5-5 5 5",
} as const
export type IconName = keyof typeof PATHS

/** A picture beside words; what has no words needs a label of its own. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className={styles.icon} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}
