import { copyFileSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { Machine } from "./testkit/machine.js";
import { TutorialPage } from "./testkit/tutorial-page.js";

interface Status {
  readonly sync_info: { readonly latest_block_height: string; readonly earliest_block_height: string; readonly catching_up: boolean };
}

describe("docs/validators.md: joining from a snapshot", function () {
  this.timeout(300_000);

  it("brings up a node with the state of the others and none of their old blocks, word by word, though it is killed on the way", async () => {
    const page = new TutorialPage("docs/validators.md");
    const [ada, bob] = [await Machine.create(), await Machine.create()];
    try {
      const own = page.takeBelow("A chain of your own");
      const [interval = "", print = "", ...joining] = page.takeBelow("Joining from a snapshot");
      expect(interval).to.contain("snapshot-interval 1000");
      const gentx = own.findIndex((command) => command.includes("genesis gentx"));
      await ada.shell(own.slice(0, gentx).join("\n"));
      await ada.settle();
      await ada.shell(own.slice(gentx).filter((command) => command !== "openledgerd start").join("\n"));
      await ada.shell(interval.replace("1000", "4"));
      ada.start();
      const snapshots = join(ada.daemon.home, "data/snapshots");
      await ada.until<Status>(["status"], () => existsSync(snapshots) && readdirSync(snapshots).some((name) => /^\d+-1$/.test(name)));
      await ada.until<Status>(["status"], ({ sync_info }) => Number(sync_info.latest_block_height) > 6);

      await bob.shell("openledgerd init bob --chain-id open-local-1");
      copyFileSync(join(ada.daemon.home, "config/genesis.json"), join(bob.daemon.home, "config/genesis.json"));
      await bob.settle();
      const id = JSON.parse(await ada.shell("openledgerd comet show-node-id --output json")) as { peer_id: string };
      const variables = {
        PEER: `/ip4/127.0.0.1/tcp/${ada.ports.p2p}/p2p/${id.peer_id}`,
        RPC1: `http://127.0.0.1:${ada.ports.rpc}`,
        RPC2: `http://localhost:${ada.ports.rpc}`,
        HEIGHT: "2",
      };
      const HASH = (await bob.shell(print, variables)).trim();
      expect(HASH).to.match(/^[0-9A-F]{64}$/);
      expect(joining.at(-1)).to.equal("openledgerd start");
      await bob.shell(joining.slice(0, -1).join("\n"), { ...variables, HASH });

      for (const delayMs of [900, 1_600]) {
        const killed = bob.daemon.spawn(["start"]);
        const ended = new Promise((resolve) => killed.once("close", resolve));
        setTimeout(() => killed.kill("SIGKILL"), delayMs);
        await ended;
      }
      bob.start();
      await bob.caughtUp();
      const { sync_info } = await bob.until<Status>(["status"], (status) => Number(status.sync_info.latest_block_height) > 9);
      expect(Number(sync_info.earliest_block_height)).to.be.at.least(5);
      const supply = (machine: Machine): Promise<string> => machine.shell("openledgerd query bank total --output json");
      expect(await supply(bob)).to.equal(await supply(ada));
    } finally {
      await Promise.all([ada.stop(), bob.stop()]);
      ada.daemon.remove();
      bob.daemon.remove();
    }
  });
});
