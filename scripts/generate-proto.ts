/**
 * Writes proto/gen from the .proto sources. Called by `npm run generate` and, with --check, by .ci/run.
 * protobufjs parses; the tables it yields are what chain/codec interprets (ADR 0001).
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";
import { generatePackage } from "./proto-emit.js";

const repository = join(dirname(fileURLToPath(import.meta.url)), "..");
const sources = join(repository, "proto");
const output = join(sources, "gen");

function protoFiles(): string[] {
  const entries = readdirSync(sources, { recursive: true, withFileTypes: true });
  return entries
    .filter((e) => e.isFile() && e.name.endsWith(".proto"))
    .map((e) => join(e.parentPath, e.name))
    .sort();
}

function loadRoot(): protobuf.Root {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => {
    if (target === "google/protobuf/descriptor.proto") {
      return join(repository, "node_modules/protobufjs/google/protobuf/descriptor.proto");
    }
    return target.startsWith("/") ? target : join(sources, target);
  };
  root.loadSync(protoFiles(), { keepCase: true, alternateCommentMode: true });
  root.resolveAll();
  return root;
}

function ownPackages(root: protobuf.Root): string[] {
  const names = new Set<string>();
  for (const file of protoFiles()) {
    const declared = /^package\s+([\w.]+);/m.exec(readFileSync(file, "utf8"));
    if (declared?.[1] === undefined) throw new Error(`${relative(repository, file)} declares no package`);
    names.add(declared[1]);
  }
  return [...names].filter((name) => root.lookup(name) instanceof protobuf.Namespace).sort();
}

function render(): Map<string, string> {
  const root = loadRoot();
  const files = new Map<string, string>();
  for (const name of ownPackages(root)) {
    const text = generatePackage(root, name);
    if (text !== undefined) files.set(join(output, `${name.replaceAll(".", "/")}.ts`), text);
  }
  return files;
}

function existing(): Map<string, string> {
  try {
    const found = readdirSync(output, { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
    return new Map(found.map((e) => [join(e.parentPath, e.name), readFileSync(join(e.parentPath, e.name), "utf8")]));
  } catch {
    return new Map();
  }
}

function main(): void {
  const files = render();
  if (process.argv.includes("--check")) {
    const have = existing();
    const stale = [...new Set([...files.keys(), ...have.keys()])].filter((f) => files.get(f) !== have.get(f));
    for (const f of stale) console.error(`stale: ${relative(repository, f)} (run npm run generate)`);
    process.exitCode = stale.length === 0 ? 0 : 1;
    return;
  }
  rmSync(output, { recursive: true, force: true });
  for (const [file, text] of files) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  console.log(`wrote ${files.size} packages to proto/gen`);
}

main();
