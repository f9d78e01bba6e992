/** The application behind ABCI as a process of its own, for kill -9 tests. Arguments: state directory, address. Prints where it listens. */
import { createLocalConnection } from "../../app/index.js";
import { installNativeCrypto } from "../../crypto/native.js";
import { silentLogger } from "../../telemetry/log.js";
import { createAbciServer } from "../server.js";
import { openApp } from "./comet-chain.js";

const [dir = "", address = ""] = process.argv.slice(2);
installNativeCrypto();
const { app } = await openApp(dir);
const onFatal = (error: unknown): void => {
  process.stderr.write(`fatal: ${String(error)}\n`);
  process.exit(1);
};
const server = createAbciServer({ app: createLocalConnection(app), log: silentLogger(), onFatal }, { address });
process.stdout.write(`${(await server.start()).address}\n`);
