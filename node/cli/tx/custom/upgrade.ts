import { formatAddress } from "../../../../chain/codec/index.js";
import { moduleAddress } from "../../../../chain/crypto/index.js";
import { MsgSoftwareUpgrade } from "../../../../proto/gen/cosmos/upgrade/v1beta1.js";
import { EdgeFailure } from "../../../errors.js";
import { textAt } from "../custom-tx.js";
import type { CustomTx } from "../custom-tx.js";
import { addProposalFlags, proposalOf } from "../proposal.js";
import type { ProposalOptions } from "../proposal.js";
import { pack, urlOf } from "./pack.js";

interface UpgradeOptions extends ProposalOptions {
  readonly upgradeHeight: string;
  readonly upgradeInfo: string;
}

export const SOFTWARE_UPGRADE: CustomTx = {
  module: "upgrade",
  use: "software-upgrade <name>",
  about: "Submit a software upgrade proposal: all nodes stop before the height, and go on with a version that has a handler of this name",
  example: 'v2 --upgrade-height 100000 --title "..." --summary "..." --deposit 1000000uopen --from ada',
  sends: [urlOf(MsgSoftwareUpgrade)],
  flags: (command) => {
    command
      .requiredOption("--upgrade-height <n>", "the height at which the upgrade must happen")
      .option("--upgrade-info <text>", "info for the upgrade plan such as new version download urls", "");
    addProposalFlags(command);
  },
  build({ args, options, sender }) {
    const given = options as object as UpgradeOptions;
    if (!/^[1-9]\d{0,17}$/.test(given.upgradeHeight)) throw new EdgeFailure("malformed", "--upgrade-height must be a height");
    const plan = { name: textAt(args, 0), height: BigInt(given.upgradeHeight), info: given.upgradeInfo };
    const authority = formatAddress(moduleAddress("gov"));
    const { plan: empty } = MsgSoftwareUpgrade.create();
    const message = pack(MsgSoftwareUpgrade, { authority, plan: { ...empty, ...plan } });
    return Promise.resolve([proposalOf([message], sender, given)]);
  },
};
