/** Extensions of programs, scripts and settings, lower case with the dot. Their lines are kept as they are. */
export const SOURCE_EXTENSIONS: readonly string[] = (
  ".ts .tsx .mts .cts .js .jsx .mjs .cjs .vue .svelte .py .pyi .java .kt .kts .scala .groovy .gradle .clj " +
  ".c .h .cc .cpp .cxx .hh .hpp .hxx .m .mm .cs .vb .fs .go .rs .rb .php .pl .pm .lua .r .jl .swift .dart .ex .exs .erl " +
  ".hs .ml .nim .zig .pas .f90 .asm .s .sh .bash .zsh .fish .bat .cmd .ps1 .psm1 .sql .graphql .proto .thrift .sol " +
  ".yaml .yml .toml .ini .cfg .conf .properties .env .tf .hcl .nix .cmake .mk .css .scss .sass .less .tex .bib .sty .cls " +
  ".diff .patch .dockerfile .vbs .bas .awk .tcl .el .lisp .scm .v .sv .vhd .vhdl .cu .glsl .hlsl .wat"
).split(" ")

/** Whole names of such files, lower case. */
export const SOURCE_NAMES: ReadonlySet<string> = new Set(
  "dockerfile containerfile makefile gnumakefile jenkinsfile vagrantfile gemfile rakefile procfile brewfile justfile".split(
    " ",
  ),
)
