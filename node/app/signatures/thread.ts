/** The signature thread. Started by ahead.ts. */
import { parentPort, workerData } from "node:worker_threads";
import { readDirectSignature } from "../../../chain/kernel/index.js";
import { Fault, createRecent, keyText } from "../../../chain/primitives/index.js";
import { installNativeCrypto } from "../../crypto/native.js";
import { unpack } from "../packed.js";
import { UNKNOWN } from "./types.js";
import type { FromSignatures, SignatureSetup, ToSignatures } from "./types.js";

/** Signers that are remembered; some 10 MiB. */
const MAX_SIGNERS = 50_000;

const port = parentPort ?? undefined;
if (port === undefined) throw new Fault("the signature thread was not started as one");
installNativeCrypto();

const { chainId } = workerData as SignatureSetup;
const numbers = createRecent<bigint>(MAX_SIGNERS);

function check(tx: Uint8Array): bigint {
  const signature = readDirectSignature(tx);
  const number = signature === undefined ? undefined : numbers.get(keyText(signature.publicKey));
  return number !== undefined && signature?.isGood(chainId, number) === true ? number : UNKNOWN;
}

port.on("message", (message: ToSignatures) => {
  if (message.kind === "learn") {
    for (const { publicKey, accountNumber } of message.signers) numbers.set(keyText(publicKey), accountNumber);
    return;
  }
  const found: FromSignatures = BigInt64Array.from(unpack(message.txs), check);
  port.postMessage(found, [found.buffer]);
});
