import { execFile } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { runInNewContext } from "node:vm";
import { expect } from "chai";
import { findGrpcurl } from "../grpc/testkit/grpcurl.js";
import { testPeerId } from "../p2p/testkit/hosts.js";
import { createTestDaemon } from "./testkit/daemon.js";
import { Machine } from "./testkit/machine.js";
import { TutorialPage, commandsOfPage } from "./testkit/tutorial-page.js";

const run = promisify(execFile);

const OWN_CHAIN = "A chain of your own";
const ownChain = (): readonly string[] => new TutorialPage("docs/validators.md").takeBelow(OWN_CHAIN);

describe("the commands of a page", () => {
  it("are the lines of its shell blocks, its programs, and what begins like a command in its text", () => {
    const page = "# T\n`openledgerd status` and `status`\n```sh\na  # why\ncat > f <<END\nx\nEND\nb\n```\n## U\n`A=1 npx\nmocha x`\n1. A\n\n   ```sh\n   c <<X\n    y\n   X\n   # by hand\n   ```\n```js\nlet a;\n```\n```\nshown\n```\n";
    expect(commandsOfPage(page)).to.deep.equal([
      { text: "openledgerd status", kind: "inline", heading: "T" },
      { text: "a", kind: "sh", heading: "T" },
      { text: "cat > f <<END\nx\nEND", kind: "sh", heading: "T" },
      { text: "b", kind: "sh", heading: "T" },
      { text: "A=1 npx mocha x", kind: "inline", heading: "U" },
      { text: "c <<X\n y\nX", kind: "sh", heading: "U" },
      { text: "let a;\n", kind: "js", heading: "U" },
    ]);
  });
});

const SENTRIES = "Sentries and remote signers";
const PEER = testPeerId(7);

describe("docs/validators.md", () => {
  for (const heading of [OWN_CHAIN, "With others", "The sidecar", "Watching a node"]) {
    it(`can be followed word by word: ${heading}`, async () => {
      const daemon = await createTestDaemon();
      try {
        if (heading !== OWN_CHAIN) await daemon.runHere(["init", "ada"]);
        for (const command of new TutorialPage("docs/validators.md").takeBelow(heading)) {
          const [program, ...args] = command.split(" ");
          expect(program).to.equal("openledgerd");
          // Starting a node is tested with ports of its own, beside gentx; a sidecar by the story.
          if (args[0] === "start" || args[0] === "sidecar") continue;
          const { code, err } = await daemon.runHere(args);
          expect(code, `${args.join(" ")}: ${err}`).to.equal(0);
        }
      } finally {
        daemon.remove();
      }
    });
  }

  it(`can be followed word by word: ${SENTRIES}`, async () => {
    const daemon = await createTestDaemon();
    const values: Readonly<Record<string, string>> = {
      SENTRIES: `/ip4/10.0.0.2/tcp/26656/p2p/${PEER},/ip4/10.0.0.3/tcp/26656/p2p/${PEER}`,
      SENTRY_IDS: PEER,
      SEEDS: `/ip4/8.8.4.4/tcp/26656/p2p/${PEER}`,
      EXTERNAL: "tcp://8.8.8.8:26656",
      VALIDATOR_ID: PEER,
    };
    try {
      await daemon.runHere(["init", "ada"]);
      for (const command of new TutorialPage("docs/validators.md").takeBelow(SENTRIES)) {
        // What one machine says of the other's role would be a contradiction in one home.
        if (command.includes("p2p.seeds")) await daemon.runHere(["config", "set", "config", "p2p.pex", "true"]);
        const [, ...args] = command.replace(/\$(\w+)/g, (_, name: string) => values[name] ?? "").split(" ");
        const { code, err } = await daemon.runHere(args);
        expect(code, `${args.join(" ")}: ${err}`).to.equal(0);
      }
    } finally {
      daemon.remove();
    }
  });

  it("has no block of commands that neither this test nor the one of a validator's life runs", () => {
    const lives = ["Joining a chain that runs", "Joining from a snapshot", "Jailed for downtime", "Leaving"];
    const tested = [OWN_CHAIN, "With others", ...lives, SENTRIES, "The sidecar", "Watching a node"];
    const fenced = new TutorialPage("docs/validators.md").commands.filter(({ kind }) => kind !== "inline");
    expect([...new Set(fenced.map(({ heading }) => heading))]).to.deep.equal(tested);
  });
});

describe("docs/wallets.md and docs/explorers.md on a node", function () {
  this.timeout(240_000);
  const [wallets, explorers] = [new TutorialPage("docs/wallets.md"), new TutorialPage("docs/explorers.md")];
  let machine: Machine;

  before(async () => {
    machine = await Machine.create();
    const commands = ownChain();
    const gentx = commands.findIndex((command) => command.includes("genesis gentx"));
    await machine.shell(commands.slice(0, gentx).join("\n"));
    await machine.settle(true);
    await machine.shell(commands.slice(gentx).filter((command) => command !== "openledgerd start").join("\n"));
  });
  after(async () => {
    await machine.stop();
    machine.daemon.remove();
  });

  const ask = (url: string, origin: string): Promise<Response> => fetch(machine.here(url), { headers: { origin } });
  const allowed = async (url: string, origin: string): Promise<string | null> => (await ask(url, origin)).headers.get("access-control-allow-origin");

  describe("docs/wallets.md", () => {
    before(async () => {
      for (const setting of ["app api.public_rest", "app api.cors_origins", "config rpc.cors_allowed_origins"]) {
        await machine.shell(wallets.take(`openledgerd config set ${setting}`));
      }
      machine.start();
      await machine.caughtUp();
    });

    it("has a page that offers the chain", async () => {
      const page = await ask("http://127.0.0.1:1317/wallet", "http://127.0.0.1:1317");
      expect(page.status).to.equal(200);
      expect(await page.text()).to.contain("Add to Keplr");
    });

    it("sets what other pages may ask, and what the node says of itself", async () => {
      for (const url of ["http://127.0.0.1:1317/wallet/keplr.json", "http://127.0.0.1:26657/status"]) {
        expect(await allowed(url, "https://app.example.org"), url).to.equal("https://app.example.org");
        expect(await allowed(url, "https://other.example.org"), url).to.equal(null);
      }
    });

    it("has a script that suggests the chain to Keplr and enables it", async () => {
      const called: unknown[] = [];
      const keplr = {
        experimentalSuggestChain: (chain: unknown) => Promise.resolve(called.push(chain)),
        enable: (id: unknown) => Promise.resolve(called.push(id)),
      };
      const script = machine.here(wallets.take("const chain = await"));
      await (runInNewContext(`(async () => {${script}})()`, { fetch, window: { keplr } }) as Promise<void>);
      const [chain, enabled] = called as [Record<string, unknown>, unknown];
      expect(chain).to.deep.include({ chainId: "open-local-1", rest: "https://rest.example.org", bip44: { coinType: 118 } });
      expect(chain["bech32Config"]).to.include({ bech32PrefixAccAddr: "open", bech32PrefixValAddr: "openvaloper" });
      expect(enabled).to.equal("open-local-1");
    });

    it("lets somebody without OPEN sign, while another pays", async () => {
      const commands = wallets.takeBelow("How wallets sign here");
      const said = await machine.shell(commands.join("\n"));
      expect(said).to.contain("spend_limit");
      const carol = (await machine.shell("openledgerd keys show carol -a")).trim();
      const balances = JSON.parse(await machine.shell(`openledgerd query bank balances ${carol} --output json`)) as { balances: unknown[] };
      expect(balances.balances).to.deep.equal([]);
      const account = JSON.parse(await machine.shell(`openledgerd query auth account ${carol} --output json`)) as { account: { value?: object } };
      expect(JSON.stringify(account)).to.contain('"sequence":"1"');
    });

    it("has no command that was not run", () => {
      wallets.leave("openledgerd tx multi-sign", "tx/sign-command.test.ts compares its bytes with CosmJS's");
      expect(wallets.unanswered()).to.deep.equal([]);
    });
  });

  describe("docs/explorers.md", () => {
    before(async () => {
      await machine.stop();
      await machine.shell(explorers.take("openledgerd config set app api.cors_origins"));
      machine.start();
      await machine.caughtUp();
    });

    it("lets an explorer's pages ask from anywhere", async () => {
      expect(await allowed("http://127.0.0.1:1317/cosmos/base/tendermint/v1beta1/blocks/latest", "https://explorer.example.org")).to.be.oneOf(["*", "https://explorer.example.org"]);
    });

    it("writes the chain file of ping.pub", async () => {
      const checkout = dirname(machine.daemon.home);
      mkdirSync(join(checkout, "chains/mainnet"), { recursive: true });
      await machine.shell(machine.here(explorers.take("curl -s http://127.0.0.1:1317/wallet/ping-pub.json")));
      const chain = JSON.parse(readFileSync(join(checkout, "chains/mainnet/openledger.json"), "utf8")) as Record<string, unknown>;
      expect(chain).to.include({ chain_name: "openledger", addr_prefix: "open", coin_type: "118" });
      expect(chain["api"]).to.deep.equal(["https://rest.example.org"]);
    });

    it("lists the services by reflection", async function () {
      const command = explorers.take("grpcurl -plaintext 127.0.0.1:9090 list");
      const grpcurl = findGrpcurl();
      if (grpcurl === undefined) {
        process.stdout.write(`      skipped: ${command} (grpcurl is not installed)\n`);
        return this.skip();
      }
      const { stdout } = await run(grpcurl, machine.here(command).split(" ").slice(1));
      expect(stdout).to.contain("openledger.attribution.v1.Query\n").and.contain("cosmos.bank.v1beta1.Query\n");
    });

    it("names a test of ping.pub that mocha finds", async () => {
      const [, ...command] = explorers.take("OPENLEDGER_PING_PUB=/path/to/explorer npx mocha").split(" ");
      const { stdout } = await run("npx", [...command.slice(1), "--dry-run"], { cwd: new URL("../../", import.meta.url) });
      expect(stdout).to.contain("1 passing");
    });

    it("has no other command that was not run", () => {
      explorers.leave("yarn install", "packages of somebody else's program, from the internet");
      explorers.leave("npx vite build", "test/explorer runs it in the checkout that OPENLEDGER_PING_PUB names");
      expect(explorers.unanswered()).to.deep.equal([]);
    });
  });
});
