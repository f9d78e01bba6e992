/** Appends and flushes records until it is killed, printing how many are on disk. Run by wal.test.ts. */
import { toHeight } from "../../../chain/primitives/index.js";
import { testValidators } from "../../../chain/testkit/validators.js";
import { openWal } from "../wal.js";

const height = toHeight(1n);
const { set } = testValidators([10]);
const wal = await openWal({ dir: process.argv[2] ?? "", height });
await wal.rotate(height, { kind: "input", input: { kind: "start-height", height, validators: set, self: null } });
for (let round = 0; ; round++) {
  wal.append({ kind: "input", input: { kind: "timeout-elapsed", timeout: { kind: "propose", height, round } } });
  await wal.flush();
  process.stdout.write(`${round + 1}\n`);
}
