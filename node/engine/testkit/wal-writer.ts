/** Appends and flushes records until it is killed, printing how many are on disk. Run by wal.test.ts. */
import { toHeight, toVotingPower } from "../../../chain/primitives/index.js";
import { keyFromSeed } from "../key-file.js";
import { createValidatorSet } from "../../../chain/block/index.js";
import { openWal } from "../wal.js";

const height = toHeight(1n);
const { publicKey } = keyFromSeed(new Uint8Array(32).fill(1));
const set = createValidatorSet([{ publicKey, power: toVotingPower(10n) }]);
const wal = await openWal({ dir: process.argv[2] ?? "", height });
await wal.rotate(height, {
  kind: "input",
  input: { kind: "start-height", height, validators: set, self: null },
});
for (let round = 0; ; round++) {
  wal.append({
    kind: "input",
    input: { kind: "timeout-elapsed", timeout: { kind: "propose", height, round } },
  });
  await wal.flush();
  process.stdout.write(`${round + 1}\n`);
}
