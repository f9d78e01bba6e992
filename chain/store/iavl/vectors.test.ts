import { readFileSync } from "node:fs";
import { expect } from "chai";
import { EMPTY_BYTES, parseHex, toHex, utf8 } from "../../primitives/index.js";
import { createMemoryKv } from "../kv.js";
import { createIavlTree } from "./index.js";
import type { MutableTree } from "./index.js";

interface VectorVersion {
  readonly version: number;
  /** [key, value] sets, [key] removes. */
  readonly ops: readonly (readonly string[])[];
  readonly root: string;
  readonly size: number;
  readonly height: number;
}

interface Sequence {
  readonly name: string;
  readonly initialVersion: number;
  readonly versions: readonly VectorVersion[];
}

const file = new URL("../vectors/iavl.json", import.meta.url);
const { sequences } = JSON.parse(readFileSync(file, "utf8")) as { sequences: readonly Sequence[] };

function apply(tree: MutableTree, ops: readonly (readonly string[])[]): void {
  for (const [key, value] of ops) {
    if (value === undefined) tree.delete(parseHex(key as string));
    else tree.set(parseHex(key as string), parseHex(value));
  }
}

function replay(sequence: Sequence, reopens: boolean): void {
  const kv = createMemoryKv();
  const open = () =>
    createIavlTree({ reader: kv, prefix: EMPTY_BYTES, initialVersion: sequence.initialVersion });
  let tree = open();
  for (const want of sequence.versions) {
    apply(tree, want.ops);
    expect(toHex(tree.workingHash()), `${sequence.name}, working ${want.version}`).to.equal(want.root);
    const saved = tree.saveVersion();
    kv.write(saved.ops);
    expect(saved.version).to.equal(want.version);
    expect(toHex(saved.rootHash)).to.equal(want.root);
    const view = tree.at(want.version);
    expect([view?.size, view?.height]).to.deep.equal([want.size, want.height]);
    if (!reopens) continue;
    tree = open();
    tree.loadVersion(want.version);
    expect(toHex(tree.rootHash)).to.equal(want.root);
  }
  for (const want of sequence.versions) {
    const root = tree.at(want.version)?.rootHash;
    expect(root && toHex(root), `${sequence.name}, reread ${want.version}`).to.equal(want.root);
  }
}

describe("an IAVL tree beside cosmos/iavl", () => {
  it("has at least 200 sequences to match", () => {
    expect(sequences.length).to.be.greaterThanOrEqual(200);
  });

  it("gives every root, size and height of the Go original", () => {
    for (const sequence of sequences) replay(sequence, false);
  });

  it("gives them also when it is reopened after every version", () => {
    for (const sequence of sequences) replay(sequence, true);
  });
});

describe("golden IAVL hashes (cosmos-formats.md §10)", () => {
  const rootOf = (...entries: readonly string[]): string => {
    const tree = createIavlTree({ reader: createMemoryKv(), prefix: EMPTY_BYTES });
    for (const entry of entries) tree.set(utf8(entry.slice(0, 1)), utf8(entry.slice(2)));
    return toHex(tree.workingHash());
  };

  it("leaf a=1 at version 1", () => {
    expect(rootOf("a=1")).to.equal("bbe33cd0a785b97b9fb1f964aa71159dacd9e0ade84df7403dc0f9dc24818404");
  });

  it("root of a=1 and b=2 at version 1", () => {
    expect(rootOf("a=1", "b=2")).to.equal("94b037ab65e50f94eb827902a873ee796cb04e3c9ad38c9860d84cbad668a9e7");
  });

  it("an empty tree is SHA-256 of nothing", () => {
    expect(rootOf()).to.equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });
});
