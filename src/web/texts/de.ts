import type { Texts } from "./en.ts"

/** Alle Texte der Seite auf Deutsch. */
export const de: Texts = {
  app: {
    skip: "Zum Inhalt springen",
    menu: "Menü",
    close: "Schließen",
    navigation: "Bereiche",
    newQuestion: "Neue Frage",
    places: {
      ask: "Fragen",
      documents: "Dokumente",
      folders: "Ordner",
      queue: "Warteschlange",
      collections: "Sammlungen",
      models: "Modelle",
      health: "Zustand",
      evaluations: "Auswertungen",
    },
    language: "Sprache",
    theme: "Farben",
    themes: { system: "Wie das System", light: "Hell", dark: "Dunkel" },
    signOut: "Abmelden",
    signInTitle: "Mit Ihrem Schlüssel anmelden",
    key: "Schlüssel",
    signIn: "Anmelden",
    keyHelp:
      "Der Schlüssel beginnt mit ibid_ und wurde einmal gezeigt, beim ersten Start des Servers: in dessen Terminal, mit " +
      "einer Adresse, die Sie anmeldet. Wer Ibid verwaltet, kann Ihnen einen weiteren ausstellen.",
    keyRefused: "Dieser Schlüssel ist nicht bekannt. Kopieren Sie ihn ganz, von ibid_ bis zu seinem Ende.",
    unreachable: "Der Server antwortet nicht. Prüfen Sie, ob er läuft, und versuchen Sie es dann noch einmal.",
    failedTitle: "Diese Ansicht ist abgebrochen",
    failedText:
      "Ihre Dokumente und Antworten sind nicht betroffen. Laden Sie die Seite neu; bricht sie wieder ab, sagen Sie es der " +
      "Person, die Ibid betreibt.",
    reload: "Neu laden",
    nowhereTitle: "Unter dieser Adresse ist nichts",
    nowhereText: "Der Link ist vielleicht abgeschnitten. Wählen Sie einen Bereich im Menü.",
  },
  parts: {
    loading: "Lädt …",
  },
  problems: {
    unknownTitle: "Das hat nicht geklappt",
    unknownText: "Versuchen Sie es noch einmal; schlägt es wieder fehl, sagen Sie es der Person, die Ibid betreibt.",
    requestId: (id) => `Anfrage ${id}`,
    retry: "Noch einmal versuchen",
    byCode: {
      unreachable: {
        title: "Der Server antwortet nicht",
        next: "Prüfen Sie, ob Ibid läuft und dieser Rechner ihn erreicht, und versuchen Sie es dann noch einmal.",
      },
      unauthenticated: {
        title: "Ihr Schlüssel gilt nicht mehr",
        next: "Laden Sie die Seite neu und melden Sie sich mit einem anderen Schlüssel an.",
      },
      forbidden: {
        title: "Ihr Schlüssel ist nur zum Lesen",
        next: "Bitten Sie die Verwaltung darum, oder melden Sie sich mit deren Schlüssel an.",
      },
      overloaded: {
        title: "Gerade läuft zu viel",
        next: "Warten Sie einige Sekunden und versuchen Sie es noch einmal.",
      },
      "deadline-exceeded": {
        title: "Die Antwort hat zu lange gedauert",
        next: "Versuchen Sie es noch einmal, oder fragen Sie nur nach Zitaten: die brauchen kein Sprachmodell.",
      },
      "document-not-found": {
        title: "Dieses Dokument ist nicht da",
        next: "Es wurde entfernt, oder Ihr Schlüssel darf es nicht lesen.",
      },
      "not-found": { title: "Das ist nicht da", next: "Es wurde gelöscht, oder Ihr Schlüssel darf es nicht lesen." },
      "collection-not-found": { title: "Diese Sammlung ist nicht da", next: "Wählen Sie eine andere." },
      "disk-full": {
        title: "Der Datenträger des Servers ist voll",
        next: "Schaffen Sie Platz; was wartet, geht dann von selbst weiter.",
      },
      cancelled: { title: "Es wurde angehalten", next: "Fragen Sie noch einmal, dann wird es neu geschrieben." },
      "model-unavailable": {
        title: "Das Sprachmodell steht nicht bereit",
        next: "Fragen Sie nur nach Zitaten, oder versuchen Sie es in einer Minute noch einmal: vielleicht lädt es noch.",
      },
    },
  },
  ask: {
    title: "Fragen Sie Ihre Dokumente",
  },
  source: {
    title: "Quelle",
  },
  shelf: {
    title: "Bestand",
  },
}
