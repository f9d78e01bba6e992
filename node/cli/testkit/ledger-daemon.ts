/** A command line with the keys of ada and bob, in front of an instant chain. Tests only. */
import { toHex } from "../../../chain/primitives/index.js";
import { createTestDaemon } from "./daemon.js";
import type { Ran, TestDaemon } from "./daemon.js";
import { startInstantChain } from "./instant-chain.js";
import type { InstantChain } from "./instant-chain.js";

export interface LedgerDaemon extends InstantChain {
  readonly daemon: TestDaemon;
  /** With --node; `input` is what stands on standard input. */
  run(args: readonly string[], input?: string): Promise<Ran>;
  /** Parsed JSON of a command that must succeed. */
  json<T>(args: readonly string[], input?: string): Promise<T>;
}

export const TEST_KEYS = ["--keyring-backend", "test"];

export async function startLedgerDaemon(): Promise<LedgerDaemon> {
  const chain = await startInstantChain();
  const daemon = await createTestDaemon({ OPENLEDGER_KEYRING_BACKEND: "test" });
  for (const [name, { privateKey }] of [["ada", chain.ada], ["bob", chain.bob]] as const) {
    const { code, err } = await daemon.runHere(["keys", "import-hex", name, toHex(privateKey), ...TEST_KEYS]);
    if (code !== 0) throw new Error(err);
  }
  const run: LedgerDaemon["run"] = (args, input) => daemon.runHere([...args, "--node", chain.url, ...TEST_KEYS], input);
  return {
    ...chain,
    daemon,
    run,
    async json(args, input) {
      const { code, out, err } = await run([...args, "--output", "json"], input);
      if (code !== 0) throw new Error(`${args.join(" ")}: ${err}${out}`);
      return JSON.parse(out) as never;
    },
    async stop() {
      await chain.stop();
      daemon.remove();
    },
  };
}
