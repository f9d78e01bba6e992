/** An orderly stop for another program: what the operator reads, what cosmovisor reads, and how the process ends. */
import { join } from "node:path";
import { UpgradeHalt } from "../modules/app.js";
import type { Home } from "./config/home.js";
import { replaceFile } from "./engine/index.js";

/** Exit status of a node whose program is not the right one; `RestartPreventExitStatus=3` keeps systemd from trying it again. */
export const UPGRADE_STATUS = 3;

const ADVICE: Readonly<Record<UpgradeHalt["reason"], (halt: UpgradeHalt) => string>> = {
  needed: ({ plan }) =>
    `Block ${plan.height} is decided and not run. Install the program that knows "${plan.name}" and start it with the same home.`,
  "too-early": ({ plan }) => `Start the program from before "${plan.name}" again, until it stops at height ${plan.height}.`,
  "too-old": ({ plan }) => `This chain went through "${plan.name}" at height ${plan.height}. Install a program that knows it.`,
};

/** The plan as Go's encoding/json writes x/upgrade's Plan, which is what cosmovisor parses. The height fits a JSON number. */
function upgradeInfo({ plan }: UpgradeHalt): string {
  const { name, height, info } = plan;
  const text = { name, time: "0001-01-01T00:00:00Z", height: Number(height), ...(info === "" ? {} : { info }) };
  return JSON.stringify(text);
}

/**
 * True for a halt: it was printed, and where a plan is due `data/upgrade-info.json` says which. False for anything else.
 */
export function reportHalt(error: unknown, home: Pick<Home, "data">): boolean {
  if (!(error instanceof UpgradeHalt)) return false;
  if (error.reason === "needed") replaceFile(join(home.data, "upgrade-info.json"), upgradeInfo(error));
  process.stderr.write(`${error.message}\n${ADVICE[error.reason](error)}\n`);
  return true;
}
