/** What `init` and `collect-gentxs` say of a home. */
import type { Home } from "../config/home.js";
import type { OutputOptions } from "./common-options.js";
import type { Terminal } from "./terminal.js";

export interface PreparedHome {
  readonly home: Home;
  readonly moniker: string;
  readonly chainId: string;
  /** CometBFT node id, hex. */
  readonly nodeId: string;
  /** Empty where none was read. */
  readonly gentxsDir: string;
  readonly appState: Readonly<Record<string, unknown>>;
  /** What a person does next. */
  readonly next: string;
}

/** On standard error, as a Cosmos daemon: the whole document for scripts, which a person at a terminal would have to scroll back through. */
export function sayPrepared(terminal: Terminal, { output }: OutputOptions, prepared: PreparedHome): void {
  const { home, moniker, chainId, nodeId, gentxsDir, appState, next } = prepared;
  if (terminal.isInteractive && output !== "json") {
    terminal.err(`${moniker} is ready in ${home.dir}: chain ${chainId}, node ${nodeId}\nNext: ${next}\n`);
    return;
  }
  const said = { moniker, chain_id: chainId, node_id: nodeId, gentxs_dir: gentxsDir, app_message: appState };
  terminal.err(`${JSON.stringify(said, null, 1)}\n`);
}
