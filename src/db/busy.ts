import { setTimeout as delay } from "node:timers/promises"
import type { Client, TransactionMode } from "@libsql/client"
import { IbidError } from "../core/errors.ts"

const FIRST_WAIT_MS = 2
const LONGEST_WAIT_MS = 25
/** Long enough for a backup or a check by another program, short enough for a person to see the reason. */
const GIVE_UP_MS = 30_000

/**
 * Does again what finds the database locked, later each time and at random, so that no two who wait meet again. The
 * waiting is done here and not by SQLite, whose waiting stops the whole thread. Throws `overloaded` after 30 s.
 */
async function whenFree<T>(action: () => Promise<T>, reset: () => Promise<void>): Promise<T> {
  const started = performance.now()
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      return await action()
    } catch (cause) {
      if (!isBusy(cause)) throw cause
      if (performance.now() - started > GIVE_UP_MS) {
        throw new IbidError("overloaded", "Cannot use the database: another process has held it for 30 seconds", {
          cause,
        })
      }
      await reset()
      await delay(waitMs * (0.5 + Math.random()))
    }
  }
}

/**
 * Makes a client wait for locks where nothing has been done yet: single statements, the beginning of a transaction and
 * migrations, which are one transaction. The client's own time limit for locks has to be 0. A client of one connection,
 * used by one caller at a time, opens it anew after each refusal: libsql leaves the refused statement unfinished, and
 * SQLite then refuses to commit ("SQL statements in progress").
 */
export function waitForLocks(client: Client, { isAlone }: { readonly isAlone: boolean }): Client {
  const reset = async (): Promise<void> => {
    if (isAlone) await client.reconnect()
  }
  const execute = client.execute.bind(client) as (...call: unknown[]) => ReturnType<Client["execute"]>
  client.execute = (...call: unknown[]) => whenFree(() => execute(...call), reset)
  const transaction = client.transaction.bind(client)
  client.transaction = (mode?: TransactionMode) => whenFree(() => transaction(mode ?? "write"), reset)
  const migrate = client.migrate.bind(client)
  client.migrate = (statements) => whenFree(() => migrate(statements), reset)
  return client
}

function isBusy(thrown: unknown): boolean {
  return thrown instanceof Error && /SQLITE_(?:BUSY|LOCKED)|database (?:table )?is locked/.test(thrown.message)
}
