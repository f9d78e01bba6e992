import { expect } from "chai";
import { toHeight } from "../../chain/primitives/index.js";
import { SyncPeers } from "./peers.js";

const base = toHeight(1n);

function create() {
  const clock = { ms: 1_000 };
  return { clock, peers: new SyncPeers(() => clock.ms) };
}

describe("what peers claim to hold", () => {
  it("counts the highest claim that is repeated", () => {
    const { clock, peers } = create();
    peers.claim("a", { top: 10n, base });
    peers.claim("b", { top: 7n, base });
    expect(peers.best()).to.equal(10n);
    clock.ms += 9_000;
    peers.claim("b", { top: 8n, base });
    clock.ms += 2_000;
    expect(peers.best()).to.equal(8n);
    peers.forget("b");
    expect([peers.best(), peers.lowest()]).to.deep.equal([0n, undefined]);
  });

  it("takes a shrinking height for a lie and forgets the whole claim (ASA-2025-001)", () => {
    const { peers } = create();
    peers.claim("a", { top: 5n, base });
    expect(peers.claim("liar", { top: 1_000n, base })).to.equal(true);
    expect(peers.claim("liar", { top: 6n, base })).to.equal(false);
    expect(peers.best()).to.equal(5n);
    peers.claim("liar", { top: 2_000n, base });
    expect(peers.best(), "it is not believed for a while").to.equal(5n);
  });

  it("does not believe a huge height of a peer that did not deliver, each time for longer", () => {
    const { clock, peers } = create();
    peers.claim("a", { top: 5n, base });
    const waits: number[] = [];
    for (let i = 0; i < 9; i++) {
      peers.claim("huge", { top: 10n ** 18n, base });
      expect(peers.best()).to.equal(10n ** 18n);
      peers.avoid("huge");
      const from = clock.ms;
      do {
        clock.ms += 1_000;
        for (const [peer, top] of [["a", 5n], ["huge", 10n ** 18n]] as const) peers.claim(peer, { top, base });
      } while (peers.best() === 5n);
      waits.push((clock.ms - from) / 1_000);
    }
    expect(waits).to.deep.equal([10, 20, 40, 80, 160, 320, 640, 640, 640]);
    peers.thank("huge");
    peers.avoid("huge");
    clock.ms += 10_000;
    peers.claim("huge", { top: 10n ** 18n, base });
    expect(peers.best(), "forgiven once it helped").to.equal(10n ** 18n);
  });

  it("asks only those for a height that hold it: pruned and younger peers are left out", () => {
    const { peers } = create();
    peers.claim("pruned", { top: 100n, base: toHeight(50n) });
    peers.claim("whole", { top: 60n, base });
    const names = (height: bigint): string[] => peers.holding(height).map(([peer]) => peer);
    expect([49n, 50n, 60n, 61n, 101n].map(names)).to.deep.equal([["whole"], ["pruned", "whole"], ["pruned", "whole"], ["pruned"], []]);
    expect(peers.lowest()).to.equal(1n);
    peers.postpone("whole");
    expect([names(49n), peers.lowest()]).to.deep.equal([[], 50n]);
  });

  it("remembers so many that did not help, and no more", () => {
    const { peers } = create();
    peers.avoid("first");
    for (let i = 0; i < 1_024; i++) peers.avoid(`peer ${i}`);
    peers.claim("first", { top: 9n, base });
    peers.claim("peer 1023", { top: 10n, base });
    expect(peers.best()).to.equal(9n);
  });
});
