import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { EngineChoice } from "../node/config/settings.js";
import type { ValidatorPorts } from "./launcher/ports.js";

/** What a testnet remembers between two starts, beside the nodes' own folders. Test money: the mnemonics lie open. */
export interface TestnetState {
  readonly version: 1;
  readonly chainId: string;
  readonly createdAt: string;
  /** Who orders transactions. */
  readonly engine: EngineChoice;
  readonly ports: readonly ValidatorPorts[];
  /** Role name to mnemonic. */
  readonly mnemonics: Readonly<Record<string, string>>;
}

/** Where things lie in a testnet's folder; the homes of the validators are node0, node1, ... */
export interface TestnetHome {
  readonly root: string;
  readonly logs: string;
  validator(index: number): string;
  log(name: string): string;
  /** undefined when there is no testnet yet. @throws Error when the file is not ours. */
  load(): TestnetState | undefined;
  save(state: TestnetState): void;
  /** Removes everything in it. */
  reset(): void;
}

const STATE = "testnet.json";

function parseState(text: string, file: string): TestnetState {
  const advice = `${file} cannot be read: start over with "npm start -- --reset"`;
  let state: Partial<TestnetState>;
  try {
    state = JSON.parse(text) as Partial<TestnetState>;
  } catch {
    throw new Error(advice);
  }
  const { version, chainId, createdAt, engine = "embedded", ports, mnemonics } = state;
  if (version !== 1 || chainId === undefined || createdAt === undefined || !Array.isArray(ports) || mnemonics === undefined) {
    throw new Error(advice);
  }
  return { version, chainId, createdAt, engine, ports, mnemonics };
}

export function openHome(folder: string): TestnetHome {
  const root = resolve(folder);
  const logs = join(root, "logs");
  const file = join(root, STATE);
  return {
    root,
    logs,
    validator: (index) => join(root, `node${index}`),
    log: (name) => join(logs, `${name}.log`),
    load: () => (existsSync(file) ? parseState(readFileSync(file, "utf8"), file) : undefined),
    save(state) {
      mkdirSync(logs, { recursive: true });
      const temporary = `${file}.new`;
      writeFileSync(temporary, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
      renameSync(temporary, file);
    },
    reset() {
      if (!existsSync(root)) return;
      const isOurs = existsSync(file) || existsSync(logs);
      if (!isOurs) throw new Error(`${root} holds no testnet: nothing was removed`);
      rmSync(root, { recursive: true, force: true });
    },
  };
}
