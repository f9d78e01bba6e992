/** Gives a home that has made no block the document that its chain begins with. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { replaceFile } from "../engine/index.js";
import { EdgeFailure } from "../errors.js";
import { checkGenesis } from "./genesis-check.js";
import type { CheckedGenesis } from "./genesis-check.js";
import { formatGenesis, parseGenesis } from "./genesis.js";
import { readText } from "./home.js";
import type { Home } from "./home.js";

function isEmpty(dir: string): boolean {
  return !existsSync(dir) || readdirSync(dir).length === 0;
}

/**
 * Checks the document by starting the application on it in memory, then puts it in place of the home's, whole or not at all. The file that is
 * written is the one that `export` prints, byte for byte.
 *
 * @throws EdgeFailure "config" when the application refuses the document, the home was not made, or it holds blocks or state already.
 */
export function importGenesis(home: Home, text: string): CheckedGenesis {
  const checked = checkGenesis(text);
  readText(home.config);
  if (!isEmpty(join(home.data, "blocks")) || !isEmpty(home.stateDb)) {
    const how = "make another home, or remove its data with `openledgerd comet unsafe-reset-all`";
    throw new EdgeFailure("config", `${home.data} holds the blocks or the state of a chain; nothing was changed: ${how}`);
  }
  replaceFile(home.genesis, formatGenesis(parseGenesis(text)), 0o644);
  return checked;
}
