#!/usr/bin/env node
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander"
import type { CommandContext } from "./cli/context.ts"
import { createLog } from "./cli/context.ts"
import { EXIT_CODES } from "./cli/exit-codes.ts"
import { loadConfig } from "./config.ts"
import { toIbidError } from "./core/errors.ts"
import type { Verdict } from "./core/receipt.ts"
import { version } from "./core/version.ts"

const WRONG_USAGE = 2

/** Parses arguments, loads the command that is wanted and nothing else, and turns its outcome into an exit code. */
async function main(): Promise<number> {
  const stop = new AbortController()
  process.once("SIGINT", () => stop.abort())
  process.once("SIGTERM", () => stop.abort())
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0)
    throw error
  })
  let exitCode = 0
  try {
    const program = describeCommands(stop.signal, (code) => {
      exitCode = code
    })
    await program.parseAsync()
    return exitCode
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : WRONG_USAGE
    const error = toIbidError(thrown)
    process.stderr.write(`ibid: ${error.message}\n`)
    if (error.code === "internal") process.stderr.write(`${describeCause(error.cause)}\n`)
    return EXIT_CODES[error.code]
  }
}

type Action = (context: CommandContext) => Promise<number> | number

function describeCommands(signal: AbortSignal, end: (code: number) => void): Command {
  const program = new Command("ibid")
    .description("An on-premises knowledge base on open models: answers with checked quotes")
    .version(version())
    .option("--data <dir>", "data folder (IBID_DATA)")
    .option("--config <file>", "JSON file of settings (IBID_CONFIG)")
    .showHelpAfterError()
    .exitOverride()

  const run = async (action: Action, options: Record<string, unknown> = {}): Promise<void> => {
    const globals: { data?: string; config?: string } = program.opts()
    const file = globals.config ?? process.env["IBID_CONFIG"]
    const loaded = loadConfig({
      environment: process.env,
      options: { ...options, ...(globals.data === undefined ? {} : { data: globals.data }) },
      ...(file === undefined ? {} : { file }),
    })
    const log = createLog(loaded.config.logLevel)
    end(await action({ loaded, signal, log, environment: process.env }))
  }

  program
    .command("ingest")
    .description("index files and folders once")
    .argument("<path...>")
    .option("--collection <name>")
    .option("--json", "one JSON object a line")
    .action((paths: string[], options) =>
      run(async (context) => (await import("./cli/ingest.ts")).ingestCommand(paths, options, context)),
    )
  program
    .command("watch")
    .description("keep a folder indexed until stopped")
    .argument("<folder>")
    .option("--collection <name>")
    .option("--ignore <pattern>", "leave out, as in .gitignore; repeatable, besides .ibidignore files", collect)
    .option("--max-file-size <size>", "leave out what is larger, such as 20MB", byteSize)
    .option("--json", "one JSON object a line")
    .action((path: string, options) =>
      run(async (context) => (await import("./cli/watch.ts")).watchCommand(path, options, context)),
    )
  const sources = program.command("sources").description("folders that documents come from")
  sources
    .command("list")
    .option("--json", "one JSON object a line")
    .action((options) =>
      run(async (context) => (await import("./cli/sources.ts")).listSourcesCommand(options, context)),
    )
  sources
    .command("resume")
    .description("compare a paused folder again")
    .argument("<id>")
    .option("--confirm", "remove the documents of the files that are gone")
    .option("--json")
    .action((id: string, options) =>
      run(async (context) => (await import("./cli/sources.ts")).resumeSourceCommand(id, options, context)),
    )
  program
    .command("search")
    .description("passages, no language model")
    .argument("<question>")
    .option("--collection <name>")
    .option("--limit <n>", "number of passages", positiveInteger)
    .option("--json")
    .action((question: string, options) =>
      run(async (context) => (await import("./cli/search.ts")).searchCommand(question, options, context)),
    )
  program
    .command("ask")
    .description("one answer with checked quotes")
    .argument("<question>")
    .option("--collection <name>")
    .option("--no-generate", "quotes alone, no language model")
    .option("--model <id>", "generator of the catalogue")
    .option("--conversation <id>", "your own name for questions that follow one another")
    .option("--strict", "exit code 1 when it abstains")
    .option("--json")
    .action((question: string, options) =>
      run(async (context) => (await import("./cli/ask.ts")).askCommand(question, options, context)),
    )
  const answers = program.command("answers").description("receipts: what was answered, from what, and why so")
  answers
    .command("list")
    .option("--limit <n>", "number of answers", positiveInteger)
    .option("--json", "one JSON object a line")
    .action((options) =>
      run(async (context) => (await import("./cli/answers.ts")).listAnswersCommand(options, context)),
    )
  answers
    .command("show")
    .argument("<id>")
    .option("--document <path or id>", "why this document was used or was not")
    .option("--json")
    .action((id: string, options) =>
      run(async (context) => (await import("./cli/answers.ts")).showAnswerCommand(id, options, context)),
    )
  answers
    .command("replay")
    .description("ask again, and say what has changed since")
    .argument("<id>")
    .option("--json")
    .action((id: string, options) =>
      run(async (context) => (await import("./cli/answers.ts")).replayAnswerCommand(id, options, context)),
    )
  answers
    .command("feedback")
    .argument("<id>")
    .addArgument(new Argument("<verdict>").choices(["useful", "wrong", "missing-document"]))
    .option("--text <text>")
    .option("--document <path or id>", "the one that should have answered")
    .option("--json")
    .action((id: string, verdict: Verdict, options) =>
      run(async (context) => (await import("./cli/answers.ts")).giveFeedbackCommand(id, verdict, options, context)),
    )
  const conversations = program.command("conversations").description("questions that follow one another")
  conversations
    .command("list")
    .option("--json", "one JSON object a line")
    .action((options) =>
      run(async (context) => (await import("./cli/conversations.ts")).listConversationsCommand(options, context)),
    )
  conversations
    .command("show")
    .argument("<id>")
    .option("--json", "one JSON object a line")
    .action((id: string, options) =>
      run(async (context) => (await import("./cli/conversations.ts")).showConversationCommand(id, options, context)),
    )
  conversations
    .command("delete")
    .description("with the receipts of its answers")
    .argument("<id>")
    .option("--json")
    .action((id: string, options) =>
      run(async (context) => (await import("./cli/conversations.ts")).deleteConversationCommand(id, options, context)),
    )
  program
    .command("serve")
    .description("the service")
    .option("--host <host>", "address to listen on (IBID_HOST)")
    .option("--port <port>", "port to listen on (IBID_PORT)")
    .option("--sample", "index the sample documents when there are none")
    .option("--watch <folder[=collection]>", "keep a folder indexed; repeatable", collect)
    .option("--ignore <pattern>", "leave out of watched folders, as in .gitignore; repeatable", collect)
    .option("--max-file-size <size>", "leave out of watched folders what is larger, such as 20MB", byteSize)
    .action(({ host, port, sample, ...watching }: ServeArguments) =>
      run(
        async (context) =>
          (await import("./cli/serve.ts")).serveCommand(
            { sample: sample === true, version: version(), ...watching },
            context,
          ),
        { host, port },
      ),
    )

  const documents = program.command("documents").description("the catalogue")
  documents
    .command("list")
    .option("--collection <name>")
    .option("--failed", "those alone that could not be read, with the reason")
    .option("--json", "one JSON object a line")
    .action((options) =>
      run(async (context) => (await import("./cli/documents.ts")).listDocumentsCommand(options, context)),
    )
  documents
    .command("show")
    .argument("<id>")
    .option("--text", "the canonical text")
    .option("--json")
    .action((id: string, options) =>
      run(async (context) => (await import("./cli/documents.ts")).showDocumentCommand(id, options, context)),
    )
  documents
    .command("retry")
    .description("queue it again")
    .argument("<id>")
    .option("--json")
    .action((id: string, options) =>
      run(async (context) => (await import("./cli/documents.ts")).retryDocumentCommand(id, options, context)),
    )
  documents
    .command("remove")
    .argument("<id>")
    .option("--erase", "leave it in no file, and print the receipt")
    .option("--json")
    .action((id: string, options) =>
      run(async (context) => (await import("./cli/documents.ts")).removeDocumentCommand(id, options, context)),
    )
  documents
    .command("erasures")
    .description("receipts of erasures, newest first")
    .argument("[id]", "of one document or erasure")
    .option("--json", "one JSON object a line")
    .action((id: string | undefined, options) =>
      run(async (context) => (await import("./cli/erasures.ts")).listErasuresCommand(id, options, context)),
    )
  const jobs = program.command("jobs").description("what is being indexed, and what became of it")
  jobs
    .command("list")
    .addOption(new Option("--state <state>").choices(["queued", "parsing", "embedding", "indexed", "failed"]))
    .option("--limit <n>", "number of jobs", positiveInteger)
    .option("--json", "one JSON object a line")
    .action((options) => run(async (context) => (await import("./cli/jobs.ts")).listJobsCommand(options, context)))
  jobs
    .command("cancel")
    .argument("<id>")
    .option("--json")
    .action((id: string, options) =>
      run(async (context) => (await import("./cli/jobs.ts")).cancelJobCommand(id, options, context)),
    )
  program
    .command("doctor")
    .description("check every invariant")
    .option("--repair", "mend what is broken, from SQL and the stored originals")
    .option("--json")
    .action((options) => run(async (context) => (await import("./cli/doctor.ts")).doctorCommand(options, context)))
  const evaluation = program
    .command("eval")
    .description("measure on a set of questions")
    .argument("<set folder>")
    .option("--limit <n>", "number of questions", positiveInteger)
    .option("--answers", "run the whole answer flow")
    .option("--no-generate", "answers in quotes alone")
    .option("--queries <file>", "file of questions within the set")
    .option("--qrels <file>", "file of relevance within the set")
    .option(
      "--keep",
      "keep the folder of the index and of what was measured for later runs; a tuning counts only where it was learnt there",
    )
    .option("--no-keep-run", "do not keep the figures in the data folder for the page")
    .option("--fresh", "measure again what an earlier run has measured")
    .option("--compare <earlier.json>", "an output of --json: what is better, what is worse")
    .option("--fail-below <metric=value>", "exit 6 when a metric is lower; repeatable", collect)
    .option("--fail-above <metric=value>", "exit 6 when a metric is higher; repeatable", collect)
    .option("--json")
    .action((folder: string, options) =>
      run(async (context) => (await import("./cli/eval.ts")).evalCommand(folder, options, context)),
    )
  evaluation
    .command("collect")
    .description("grow a set from feedback on answers")
    .argument("<out folder>")
    .option("--json")
    .action((out: string, _options, command: Command) =>
      run(async (context) =>
        (await import("./cli/eval-collect.ts")).evalCollectCommand(out, command.optsWithGlobals(), context),
      ),
    )
  program
    .command("tune")
    .description("learn from questions what ranks and refuses better, and keep what wins")
    .argument("[set folder]", "questions about documents of the collection, as `eval` reads them")
    .option("--collection <name>", "the collection", "default")
    .option("--queries <file>", "file of questions within the set")
    .option("--qrels <file>", "file of relevance within the set")
    .option("--undo", "take back the tuning that is in force in the collection")
    .option("--json")
    .action((folder: string | undefined, options) =>
      run(async (context) => (await import("./cli/tune.ts")).tuneCommand(folder, options, context)),
    )
  const models = program.command("models").description("the catalogue of models and the local files")
  models
    .command("list")
    .option("--json")
    .action((options) => run(async (context) => (await import("./cli/models.ts")).listModelsCommand(options, context)))
  models
    .command("pull")
    .argument("<id>")
    .option("--json", "progress as one JSON object a line")
    .action((id: string, options) =>
      run(async (context) => (await import("./cli/models.ts")).pullModelCommand(id, options, context)),
    )
  models
    .command("import")
    .description("a file, a folder or a tar carried in by hand")
    .argument("<path>")
    .option("--json")
    .action((path: string, options) =>
      run(async (context) => (await import("./cli/models.ts")).importModelCommand(path, options, context)),
    )
  models
    .command("verify")
    .option("--json")
    .action((options) =>
      run(async (context) => (await import("./cli/models.ts")).verifyModelsCommand(options, context)),
    )
  models
    .command("use")
    .argument("<id>")
    .option("--json")
    .action((id: string, options) =>
      run(async (context) => (await import("./cli/models.ts")).useModelCommand(id, options, context)),
    )
  models
    .command("calibrate")
    .description("measure a generator and grant it the roles that it earns: writer, verifier, ranker")
    .argument("<id>")
    .option("--set <folder>", "questions of your own, as ibid eval reads them")
    .option("--minutes <n>", "ask nothing more of the model after this time (10)", positiveInteger)
    .option("--limit <n>", "number of questions", positiveInteger)
    .option("--json")
    .action((id: string, options) =>
      run(async (context) => (await import("./cli/calibrate.ts")).calibrateModelCommand(id, options, context)),
    )
  models
    .command("adapter")
    .description(
      "give a collection a LoRA adapter of the language model, which its answers are written with; or show it",
    )
    .argument("<collection>")
    .argument("[path]", "GGUF file of the adapter, made for the language model in use")
    .option("--scale <n>", "1 as it was learnt", Number, 1)
    .option("--remove", "take it away")
    .option("--json")
    .action((collection: string, path: string | undefined, options) =>
      run(async (context) => (await import("./cli/adapter.ts")).adapterCommand(collection, path, options, context)),
    )
  program
    .command("config")
    .description("what is in force and where it came from")
    .option("--json")
    .action((options) =>
      run(async (context) => (await import("./cli/config.ts")).configCommand(options, context.loaded)),
    )
  for (const command of program.commands) command.exitOverride().showHelpAfterError()
  return program
}

interface ServeArguments {
  readonly host?: string
  readonly port?: string
  readonly sample?: boolean
  readonly watch?: readonly string[]
  readonly ignore?: readonly string[]
  readonly maxFileSize?: number
}

/** Gathers an option that may be given several times. */
function collect(value: string, former: readonly string[] = []): readonly string[] {
  return [...former, value]
}

/** `20MB`, `512 KB` or a number of bytes. */
function byteSize(text: string): number {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*([KMG]?)B?$/i.exec(text.trim()) ?? []
  const bytes = Math.floor(Number(number) * 1024 ** ["", "K", "M", "G"].indexOf(unit.toUpperCase()))
  if (number === "" || bytes < 1) throw new InvalidArgumentError("It is a size such as 500KB, 20MB or 1GB.")
  return bytes
}

function positiveInteger(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("It is a whole number above 0.")
  return value
}

function describeCause(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
}

process.exitCode = await main()
