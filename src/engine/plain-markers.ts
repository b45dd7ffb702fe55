const ZERO_WIDTH_SPACE = "\u200B"

/**
 * Where a marker of a chat template begins: `<|…|>` of ChatML, Llama 3 and Phi, `<｜…｜>` of DeepSeek, `<start_of_turn>` of
 * Gemma, `</s>`, `[INST]` of Mistral, and their like.
 */
const MARKER_START =
  /<(?=[|｜]|<\/?SYS>>|\/?(?:s|bos|eos|pad|unk|mask|cls|sep|think|tool_\w{1,20}|(?:start|end)_of_\w{1,20}|fim_\w{1,20}|unused\d+|extra_id_\d+)>)|\[(?=\/?(?:INST|IMG|PREFIX|MIDDLE|SUFFIX|THINK|ARGS|CALL_ID|SYSTEM_PROMPT|MODEL_SETTINGS|AVAILABLE_TOOLS|TOOL_\w{1,20}|CLS|SEP|PAD|MASK|UNK|BOS|EOS)\])/gi

/**
 * The text without anything that a server could take for a special token: the server puts it into the model's template and
 * reads markers wherever they stand. A character of no width behind the first one of each keeps them plain text.
 */
export function breakMarkers(text: string): string {
  return text.replace(MARKER_START, `$&${ZERO_WIDTH_SPACE}`)
}

/** What the model copies of a text with broken markers, as it was before. */
export function joinMarkers(piece: string): string {
  return piece.replaceAll(ZERO_WIDTH_SPACE, "")
}
