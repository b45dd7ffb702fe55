/** All texts of the page in English, a section a folder. `de.ts` has the same shape. */
export const en = {
  app: {
    skip: "Skip to the content",
    menu: "Menu",
    close: "Close",
    navigation: "Places",
    newQuestion: "New question",
    places: {
      ask: "Ask",
      documents: "Documents",
      folders: "Folders",
      queue: "Queue",
      collections: "Collections",
      models: "Models",
      health: "Health",
      evaluations: "Evaluations",
    },
    language: "Language",
    theme: "Theme",
    themes: { system: "As the system", light: "Light", dark: "Dark" },
    signOut: "Sign out",
    signInTitle: "Sign in with your key",
    key: "Key",
    signIn: "Sign in",
    keyHelp:
      "The key begins with ibid_ and was shown once, when the server was first started: in its terminal, with an address " +
      "that signs you in. An administrator can make you another one.",
    keyRefused: "This key is not known. Copy the whole of it, from ibid_ to its end.",
    unreachable: "The server does not answer. Check that it is running, then try again.",
    failedTitle: "This view has failed",
    failedText:
      "Your documents and answers are not affected. Load the page again; if it fails again, tell who runs Ibid.",
    reload: "Load again",
    nowhereTitle: "There is nothing at this address",
    nowhereText: "The link may be cut off. Choose a place in the menu.",
  },
  parts: {
    loading: "Loading …",
  },
  problems: {
    unknownTitle: "That did not work",
    unknownText: "Try again; if it fails again, tell who runs Ibid.",
    requestId: (id: string) => `Request ${id}`,
    retry: "Try again",
    byCode: {
      unreachable: {
        title: "The server does not answer",
        next: "Check that Ibid is running and that this machine reaches it, then try again.",
      },
      unauthenticated: { title: "Your key is not valid any more", next: "Load the page and sign in with another key." },
      forbidden: {
        title: "Your key is for reading alone",
        next: "Ask an administrator to do this, or sign in as one.",
      },
      overloaded: { title: "Too much is under way", next: "Wait a few seconds, then try again." },
      "deadline-exceeded": {
        title: "The answer took too long",
        next: "Try again, or ask for quotes alone: they need no language model.",
      },
      "document-not-found": {
        title: "This document is not there",
        next: "It was removed, or your key may not read it.",
      },
      "not-found": { title: "This is not there", next: "It was deleted, or your key may not read it." },
      "collection-not-found": { title: "This collection is not there", next: "Choose another one." },
      "disk-full": {
        title: "The disk of the server is full",
        next: "Free some room; what waits then goes on by itself.",
      },
      cancelled: { title: "It was stopped", next: "Ask again to have it written anew." },
      "model-unavailable": {
        title: "The language model is not available",
        next: "Ask for quotes alone, or try again in a minute: it may be loading.",
      },
    },
  },
  ask: {
    title: "Ask your documents",
  },
  source: {
    title: "Source",
  },
  shelf: {
    title: "Library",
  },
}

export type Texts = typeof en
