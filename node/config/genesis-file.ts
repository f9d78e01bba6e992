import { writeFileSync } from "node:fs";
import { checkGenesis } from "./genesis-check.js";
import { formatGenesis, parseGenesis } from "./genesis.js";
import type { GenesisDoc } from "./genesis.js";
import { readText } from "./home.js";
import type { Home } from "./home.js";

/** The genesis document of a home, to be changed. */
export function loadGenesis(home: Home): GenesisDoc {
  return parseGenesis(readText(home.genesis));
}

/** Writes the document, if every node could start on it. @throws EdgeFailure "config". */
export function saveGenesis(home: Home, doc: GenesisDoc): void {
  const text = formatGenesis(doc);
  checkGenesis(text);
  writeFileSync(home.genesis, text);
}
