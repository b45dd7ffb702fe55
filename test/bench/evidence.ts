import type { BenchServer } from "./server.ts"

/** Milliseconds from each question to its evidence, one client; nothing is written. */
export async function askForEvidence(post: BenchServer["post"], questions: readonly string[]): Promise<number[]> {
  const times: number[] = []
  for (const question of questions) {
    const started = performance.now()
    const response = await post("/api/ask", { question, generate: false }, "text/event-stream")
    let received = ""
    for await (const piece of response.body ?? []) {
      received += Buffer.from(piece).toString()
      if (received.includes("event: evidence")) break
    }
    times.push(performance.now() - started)
  }
  return times
}
