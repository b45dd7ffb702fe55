/**
 * Who may import what (README, "Layers"), for dependency-cruiser. A type-only import counts. `test/layers.test.ts` runs
 * it over the tree and over a deliberate violation; it fails when it sees no module at all.
 */
/** Modules of a layer may import our own code only from these places. */
function layer(name, from, to, exceptions = []) {
  return {
    name: `layer-${name}`,
    severity: "error",
    comment: `${name} may import ${to.join(", ") || "nothing of ours but itself"}`,
    from: { path: from, ...(exceptions.length > 0 ? { pathNot: exceptions } : {}) },
    to: { path: "^(?:src|ingest|test|data|migrations)/", pathNot: [from, ...to] },
  }
}

/** A package that only one place may import. */
function owner(name, packages, places) {
  return {
    name: `owner-${name}`,
    severity: "error",
    comment: `${packages.join(", ")} belong to ${places.join(", ")}`,
    from: { path: "^(?:src|ingest)/", pathNot: places },
    to: { path: packages.map((one) => `(?:^|/)node_modules/${one.replace("*", "[^/]*")}(?:/|$)`) },
  }
}

const CORE = "^src/core/"
const CONFIG = "^src/config\\.ts$"

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-orphans",
      severity: "error",
      from: { orphan: true, path: "^(?:src|ingest)/" },
      to: {},
    },
    {
      name: "product-knows-no-test",
      severity: "error",
      from: { path: "^(?:src|ingest)/" },
      to: { path: "^test/" },
    },
    { name: "resolvable", severity: "error", from: { path: "^(?:src|ingest|test)/" }, to: { couldNotResolve: true } },
    {
      name: "no-dev-dependencies",
      severity: "error",
      // The build runs in a checkout alone; the page is built there, and holds what it needs.
      from: { path: "^(?:src|ingest)/", pathNot: "^src/(?:build\\.ts$|web/)" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
    },
    layer("core", CORE, []),
    layer("config", CONFIG, [CORE]),
    layer("db", "^src/db/", [CORE]),
    layer("engine", "^src/engine/", [CORE]),
    layer("retrieval", "^src/retrieval/", [CORE]),
    layer("generation", "^src/generation/", [CORE]),
    layer("access", "^src/access/", [CORE]),
    layer("ingest", "^ingest/", [CORE, "^src/db/"]),
    layer("app", "^src/app/", [CORE, "^src/db/", "^src/retrieval/", "^src/generation/", "^src/access/", "^ingest/"]),
    layer("http", "^src/http/", [CORE, "^src/app/"]),
    layer("compose", "^src/compose\\.ts$", ["^src/(?!http/|cli|web/)", "^ingest/"]),
    layer("web", "^src/web/", [CORE, "^src/http/schemas\\.ts$"]),
    {
      name: "page-knows-the-program-by-its-types",
      severity: "error",
      comment: "what the browser gets holds nothing of the server",
      from: { path: "^src/web/" },
      to: { path: "^src/(?!web/)", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "http-calls-the-core-by-its-types",
      severity: "error",
      comment: "a front end is given the application core; it never builds or bypasses it",
      from: { path: "^src/http/" },
      to: { path: "^src/app/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "root-alone-knows-engines",
      severity: "error",
      from: {
        path: "^src/",
        pathNot: [
          "^src/engine/",
          "^src/compose\\.ts$",
          "^src/cli/(?:models|adapter|calibrate|pull-progress)\\.ts$",
          "^src/setup\\.ts$",
        ],
      },
      to: { path: "^src/engine/" },
    },
    owner("sql", ["drizzle-orm", "@libsql"], ["^src/db/"]),
    owner("models", ["@xenova", "@huggingface", "node-llama-cpp", "@lancedb", "apache-arrow"], ["^src/engine/"]),
    owner("linear-algebra", ["ml-matrix"], ["^src/app/"]),
    owner("hono", ["hono", "@hono", "swagger-ui-dist"], ["^src/http/"]),
    owner(
      "parsers",
      [
        "pdf-parse",
        "pdfjs-dist",
        "@embedpdf",
        "mammoth",
        "linkedom",
        "markdown-it",
        "csv-parse",
        "chardet",
        "iconv-lite",
      ],
      ["^ingest/parse/", "^ingest/parser-child\\.ts$", "^src/web/source/"],
    ),
    owner("zip", ["yauzl", "tar-stream"], ["^ingest/parse/", "^src/engine/models/"]),
    owner("zod", ["zod"], [CONFIG, "^src/engine/models/", "^src/http/"]),
    owner("page", ["react", "react-dom", "wouter", "@tanstack/*", "uplot", "@fontsource"], ["^src/web/"]),
    owner("terminal", ["commander", "cli-progress", "pino"], ["^src/cli\\.ts$", "^src/cli/"]),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
}
