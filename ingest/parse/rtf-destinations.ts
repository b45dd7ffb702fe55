/** Where the text of a group goes. */
export type RtfDestination =
  | "body"
  | "note"
  | "box"
  | "margin"
  | "comment"
  | "author"
  | "label"
  | "instruction"
  | "title"
  | "fonts"
  | "styles"
  /** Into nothing, though groups within may hold text. */
  | "frame"
  /** Into nothing, with all that stands within. */
  | "skipped"

/** The destination that a control word opens; undefined for words that open none. */
export function rtfDestination(word: string): RtfDestination | undefined {
  return DESTINATIONS.get(word)
}

const DESTINATIONS: ReadonlyMap<string, RtfDestination> = new Map(
  Object.entries({
    note: "footnote",
    box: "shptxt dptxbxtext",
    margin: "header headerl headerr headerf footer footerl footerr footerf",
    comment: "annotation",
    author: "atnauthor",
    label: "listtext pntext",
    instruction: "fldinst",
    title: "title",
    fonts: "fonttbl",
    styles: "stylesheet",
    frame: "info shpinst do object",
    // What older programs show instead, pictures, tables of the format, entries of an index, data of forms.
    skipped:
      "colortbl pict nonshppict shppict shprslt nonesttables objdata objclass objname sp xe tc rxe bkmkstart bkmkend " +
      "ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn atnid atnref atndate author operator company subject keywords " +
      "comment doccomm manager category hlinkbase creatim revtim printim buptim pnseclvl ffname ffdeftext listtable " +
      "listoverridetable revtbl rsidtbl filetbl private generator datafield themedata colorschememapping latentstyles " +
      "datastore xmlnstbl",
  } satisfies Partial<Record<RtfDestination, string>>).flatMap(([destination, words]) =>
    words.split(" ").map((word): [string, RtfDestination] => [word, destination as RtfDestination]),
  ),
)
