export interface DroppedFile {
  readonly file: File
  /** Name, or the path within the folder that was dropped. */
  readonly path: string
}

/** All files of a drop, those in folders too. Begins at once: what was dropped is gone when the event ends. */
export async function filesOfDrop({ items }: DataTransfer): Promise<readonly DroppedFile[]> {
  const dropped = [...items]
    .filter(({ kind }) => kind === "file")
    .map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }))
  return (await Promise.all(dropped.map(({ entry, file }) => (entry === null ? alone(file) : filesOf(entry))))).flat()
}

/** What a program gives that is no file of a disk, such as a picture. */
function alone(file: File | null): readonly DroppedFile[] {
  return file === null ? [] : [{ file, path: file.name }]
}

async function filesOf(entry: FileSystemEntry): Promise<readonly DroppedFile[]> {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject))
    return [{ file, path: entry.fullPath.replace(/^\//, "") }]
  }
  if (!isFolder(entry)) return []
  const reader = entry.createReader()
  const found: DroppedFile[] = []
  // a browser gives a folder's entries in pieces, the last one empty
  for (;;) {
    const piece = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (piece.length === 0) return found
    for (const child of piece) found.push(...(await filesOf(child)))
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory
}
