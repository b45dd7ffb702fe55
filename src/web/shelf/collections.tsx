import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { type FormEvent, useState } from "react"
import { Link } from "wouter"
import type { CollectionSummary } from "../../core/shelf.ts"
import { createCollection, listCollections, removeCollection } from "../api/catalogue.ts"
import { useTexts } from "../app/language.tsx"
import { useSession } from "../app/session.tsx"
import { Button } from "../parts/button.tsx"
import { Dialog } from "../parts/dialog.tsx"
import { EmptyState } from "../parts/empty-state.tsx"
import { Icon } from "../parts/icon.tsx"
import { Loading } from "../parts/loading.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import cards from "./cards.module.css"
import confirm from "./confirm.module.css"
import { useFormat } from "./format.ts"
import { ShelfPage } from "./shelf-page.tsx"
import { unfinishedOf } from "./use-document-filter.ts"

/** What names no collection goes there: it stays. */
const DEFAULT = "default"
const NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}"

export function Collections() {
  const { shelf } = useTexts()
  const isAdmin = useSession().role === "admin"
  const [isMaking, setMaking] = useState(false)
  const { data, error, refetch } = useQuery({
    queryKey: ["collections"],
    queryFn: ({ signal }) => listCollections(signal),
    refetchInterval: 15_000,
  })
  const make = (
    <Button kind="primary" onClick={() => setMaking(true)}>
      <Icon name="plus" />
      {shelf.collections.add}
    </Button>
  )
  return (
    <ShelfPage title={shelf.collections.title} lead={shelf.collections.lead} {...(isAdmin ? { actions: make } : {})}>
      {error === null ? null : <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null ? <Loading /> : null}
      {data?.length === 0 ? (
        <EmptyState title={shelf.collections.emptyTitle} text={shelf.collections.emptyText} />
      ) : null}
      <ul className={cards.cards}>
        {data?.map((collection) => (
          <Collection key={collection.id} collection={collection} isAdmin={isAdmin} />
        ))}
      </ul>
      {isMaking ? <MakeDialog onClose={() => setMaking(false)} /> : null}
    </ShelfPage>
  )
}

function Collection(props: { readonly collection: CollectionSummary; readonly isAdmin: boolean }) {
  const { collection, isAdmin } = props
  const { shelf } = useTexts()
  const { number, dateTime } = useFormat()
  const [isRemoving, setRemoving] = useState(false)
  const { id, documents, createdAt } = collection
  const all = Object.values(documents).reduce((sum, one) => sum + one, 0)
  const waiting = unfinishedOf(documents)
  return (
    <li className={cards.card}>
      <div className={cards.head}>
        <h2 className={cards.path}>
          <Icon name="collection" />
          <Link href={`/documents?collection=${encodeURIComponent(id)}`}>{id}</Link>
        </h2>
        <p className={cards.quiet}>
          {[
            shelf.documents.count(number(all), all),
            ...(waiting === 0 ? [] : [shelf.collections.waiting(number(waiting))]),
            ...(documents.failed === 0 ? [] : [shelf.collections.failed(number(documents.failed))]),
            shelf.collections.since(dateTime(createdAt)),
          ].join(" · ")}
        </p>
      </div>
      {isAdmin && id !== DEFAULT ? (
        <div className={cards.foot}>
          <Button kind="danger" onClick={() => setRemoving(true)}>
            <Icon name="trash" />
            {shelf.collections.remove}
          </Button>
        </div>
      ) : null}
      {isRemoving ? <RemoveDialog id={id} documents={all} onClose={() => setRemoving(false)} /> : null}
    </li>
  )
}

function MakeDialog({ onClose }: { readonly onClose: () => void }) {
  const { shelf } = useTexts()
  const client = useQueryClient()
  const [name, setName] = useState("")
  const make = useMutation({
    mutationFn: () => createCollection(name.trim()),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["collections"] })
      onClose()
    },
  })
  const send = (event: FormEvent) => {
    event.preventDefault()
    make.mutate()
  }
  return (
    <Dialog title={shelf.collections.add} onClose={onClose}>
      <form onSubmit={send} className={cards.cards}>
        <label className={confirm.field}>
          {shelf.collections.name}
          <input
            required
            pattern={NAME_PATTERN}
            title={shelf.collections.nameHelp}
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
        </label>
        <p className={cards.quiet}>{shelf.collections.nameHelp}</p>
        {make.error === null ? null : <ProblemNotice error={make.error} />}
        <div className={confirm.choices}>
          <Button onClick={onClose}>{shelf.cancel}</Button>
          <Button type="submit" kind="primary" isBusy={make.isPending}>
            {shelf.collections.make}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function RemoveDialog(props: { readonly id: string; readonly documents: number; readonly onClose: () => void }) {
  const { id, documents, onClose } = props
  const { shelf } = useTexts()
  const { number } = useFormat()
  const client = useQueryClient()
  const [typed, setTyped] = useState("")
  const remove = useMutation({
    mutationFn: () => removeCollection(id),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["collections"] })
      await client.invalidateQueries({ queryKey: ["documents"] })
      onClose()
    },
  })
  const isConfirmed = documents === 0 || typed === id
  return (
    <Dialog title={shelf.collections.removeTitle(id)} onClose={onClose}>
      <p>
        {documents === 0 ? shelf.collections.removeEmpty : shelf.collections.removeText(number(documents), documents)}
      </p>
      {documents === 0 ? null : (
        <label className={confirm.field}>
          {shelf.collections.confirm(id)}
          <input value={typed} autoComplete="off" onChange={({ target }) => setTyped(target.value)} />
        </label>
      )}
      {remove.error === null ? null : <ProblemNotice error={remove.error} />}
      <div className={confirm.choices}>
        <Button onClick={onClose}>{shelf.keep}</Button>
        <Button kind="danger" disabled={!isConfirmed} isBusy={remove.isPending} onClick={() => remove.mutate()}>
          {shelf.collections.removeNow}
        </Button>
      </div>
    </Dialog>
  )
}
