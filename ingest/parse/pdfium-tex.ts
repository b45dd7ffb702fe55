/** Places of two encodings of TeX, from 0x00, the letters of the first left out. U+0020 is a part of a larger sign. */
const SYMBOLS =
  "−·×∗÷⋄±∓⊕⊖⊗⊘⊙◯∘∙≍≡⊆⊇≤≥⪯⪰∼≈⊂⊃≪≫≺≻←→↑↓↔↗↘≃⇐⇒⇑⇓⇔↖↙∝′∞∈∋△▽\u0338↦∀∃¬∅ℜℑ⊤⊥ℵABCDEFGHIJKLMNOPQRSTUVWXYZ∪∩⊎∧∨⊢⊣⌊⌋⌈⌉{}⟨⟩|∥↕⇕\\≀√⨿∇∫⊔⊓⊑⊒§†‡¶♣♦♥♠"
const LARGE =
  "()[]⌊⌋⌈⌉{}⟨⟩|∥/\\()()[]⌊⌋⌈⌉{}⟨⟩/\\()[]⌊⌋⌈⌉{}⟨⟩/\\/\\()[][]  {}{}    ()  ⟨⟩⨆⨆∮∮⨀⨀⨁⨁⨂⨂∑∏∫⋃⋂⨄⋀⋁∑∏∫⋃⋂⨄⋀⋁∐∐      []⌊⌋⌈⌉{}√√√√√   ↑↓    ⇑⇓"

/**
 * What a code of TeX's fonts of mathematical signs (cmsy, cmex) stands for; undefined for other fonts. Their files name
 * the glyphs with names of their own, and PDFium gives the code, which would read as a letter or a digit. The TeXbook,
 * appendix F.
 */
export function texSign(font: string, code: number): string | undefined {
  const name = /(?:^|\+)(cmsy|cmbsy|cmex)\d*$/i.exec(font)?.[1]?.toLowerCase()
  if (name === undefined) return undefined
  return (name === "cmex" ? LARGE : SYMBOLS)[code]
}
