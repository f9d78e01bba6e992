import { EdgeFailure } from "../errors.js";
import type { AskPassphrase } from "../keyring/index.js";
import type { Terminal } from "./terminal.js";

/** The SDK's bound. */
const MIN_LENGTH = 8;

function check(passphrase: string): string {
  if (passphrase.length >= MIN_LENGTH) return passphrase;
  throw new EdgeFailure("config", `a passphrase has at least ${MIN_LENGTH} characters`);
}

/** A passphrase that is typed twice; both times from standard input when that is a pipe, as with other Cosmos daemons. */
export async function newPassphrase(terminal: Terminal, prompt: string, again: string): Promise<string> {
  const passphrase = check(await terminal.secret(prompt));
  if ((await terminal.secret(again)) !== passphrase) throw new EdgeFailure("config", "the two passphrases differ; nothing was written");
  return passphrase;
}

/** Asks for a keyring's passphrase, counting attempts. */
export function askPassphrase(terminal: Terminal, attempts: number): AskPassphrase {
  let attempt = 0;
  return (isNew) => {
    attempt += 1;
    const prompt = `Enter keyring passphrase (attempt ${attempt}/${attempts}): `;
    if (isNew) return newPassphrase(terminal, prompt, "Re-enter keyring passphrase: ");
    return terminal.secret(prompt);
  };
}
