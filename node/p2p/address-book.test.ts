import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { silentLogger } from "../telemetry/log.js";
import { openAddressBook } from "./address-book-file.js";
import { AddressBook, MAX_TOLD } from "./address-book.js";
import type { BookOptions } from "./address-book.js";
import { parsePeerAddress } from "./peer-address.js";
import type { PeerAddress } from "./peer-address.js";
import { strangerId, testPeerId } from "./testkit/hosts.js";

const addressOf = (n: number, host = `${(n % 200) + 1}.${(n >> 8) % 250}.${n % 250}.1`): PeerAddress => {
  const address = parsePeerAddress(`/ip4/${host}/tcp/26656/p2p/${strangerId(n)}`);
  if (address === undefined) throw new TypeError(host);
  return address;
};
const PUBLIC = (n: number): PeerAddress => addressOf(n, `8.${n % 250}.${(n >> 4) % 250}.1`);

describe("the address book", () => {
  let now = 1_000_000;
  const create = (options: Partial<BookOptions> = {}): AddressBook => {
    let seed = 1;
    const random = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n;
    return new AddressBook({ selfId: testPeerId(9), privateIds: new Set(), isStrict: true, key: new Uint8Array(32), now: () => now, random, ...options });
  };

  it("keeps neither its own, nor private peers, nor addresses that mean another host elsewhere", () => {
    const book = create({ selfId: strangerId(1), privateIds: new Set([strangerId(2)]) });
    expect(book.add(PUBLIC(1), "s")).to.equal("ignored");
    expect(book.add(PUBLIC(2), "s")).to.equal("ignored");
    expect(book.add(addressOf(3, "192.168.1.1"), "s")).to.equal("ignored");
    expect(book.add(PUBLIC(4), "s")).to.equal("added");
    expect(create({ isStrict: false }).add(addressOf(3, "192.168.1.1"), "s")).to.equal("added");
  });

  it("gives one group of hosts no more than an eighth of its room, however much it says", () => {
    const book = create();
    for (let n = 0; n < 20_000; n += 1) book.add(addressOf(n, `${1 + (n % 9)}.${n % 250}.${(n >> 8) % 250}.${n % 254}`), "4:66.66");
    expect(book.size).to.be.at.most(32 * 64);
    const attacked = book.size;
    for (let n = 50_000; n < 50_200; n += 1) book.add(PUBLIC(n), `4:7.${n % 100}`);
    expect(book.size - attacked, "others still find room").to.be.at.least(150);
  });

  it("believes nobody about the address of a peer that it has reached", () => {
    const book = create();
    const good = PUBLIC(5);
    book.add(good, "s");
    book.succeeded(good.id);
    expect(book.add(addressOf(5, "66.66.66.66"), "liar")).to.equal("known");
    expect(book.tell("nobody")).to.deep.equal([good.text]);
  });

  it("takes another address for one that failed, and forgets what never worked", () => {
    const book = create();
    book.add(addressOf(5, "66.66.66.66"), "liar");
    book.failed(strangerId(5));
    expect(book.add(PUBLIC(5), "s")).to.equal("added");
    for (let i = 0; i < 3; i += 1) book.failed(strangerId(5));
    expect(book.size).to.equal(0);
  });

  it("waits longer after each failure, and keeps one that worked for more of them", () => {
    const book = create();
    book.add(PUBLIC(5), "s");
    book.succeeded(strangerId(5));
    for (let i = 0; i < 9; i += 1) book.failed(strangerId(5));
    expect(book.size).to.equal(1);
    expect(book.candidates(() => true)).to.deep.equal([]);
    now += 3_600_000;
    expect(book.candidates(() => true).map(({ id }) => id)).to.deep.equal([strangerId(5)]);
    book.failed(strangerId(5));
    expect(book.entries()[0]).to.include({ isTried: false, failures: 1 });
  });

  it("proposes new peers as often as those that it has reached, so that neither crowd keeps out the other", () => {
    const book = create();
    for (let n = 0; n < 400; n += 1) book.add(PUBLIC(n), `g${n}`);
    for (let n = 0; n < 40; n += 1) book.succeeded(strangerId(n));
    const tried = new Set(Array.from({ length: 40 }, (_, n) => strangerId(n)));
    const first = book.candidates(() => true).slice(0, 40).filter(({ id }) => tried.has(id));
    expect(first.length).to.be.within(10, 30);
    expect(book.candidates(({ address }) => address.id === strangerId(3))).to.have.length(1);
  });

  it("tells at most a hundred, a quarter of what it has, and never the asker", () => {
    const book = create();
    for (let n = 0; n < 1_000; n += 1) book.add(addressOf(n, `${(n % 200) + 11}.${n % 250}.7.1`), `g${n % 50}`);
    const told = book.tell(strangerId(3));
    expect(told.length).to.equal(MAX_TOLD);
    expect(new Set(told).size).to.equal(MAX_TOLD);
    const few = create();
    for (let n = 0; n < 10; n += 1) few.add(PUBLIC(n), "s");
    expect(few.tell(strangerId(3)).length).to.equal(9);
    expect(few.tell(strangerId(3)).some((text) => text.includes(strangerId(3)))).to.equal(false);
  });

  it("makes room in a full bucket of tried peers by taking the oldest back among the new", () => {
    const book = create();
    for (let n = 0; n < 700; n += 1) {
      const address = addressOf(n, `8.8.${n % 250}.${n >> 8}`);
      now += 1;
      book.add(address, `g${n}`);
      book.succeeded(address.id);
    }
    const tried = book.entries().filter(({ isTried }) => isTried);
    expect(tried.length).to.be.at.most(8 * 64);
    expect(book.size).to.be.greaterThan(tried.length);
  });
});

describe("the file of the address book", () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "book-"))));
  afterEach(() => rmSync(dir, { recursive: true }));
  const open = () => openAddressBook(join(dir, "addrbook.json"), { selfId: testPeerId(9), privateIds: new Set(), isStrict: true }, silentLogger());

  it("brings everything back, and is written only when something changed", () => {
    const first = open();
    for (let n = 0; n < 50; n += 1) first.book.add(PUBLIC(n), `g${n}`);
    first.book.succeeded(strangerId(3));
    first.book.failed(strangerId(4));
    first.save();
    const text = readFileSync(join(dir, "addrbook.json"), "utf8");
    const second = open();
    expect(second.book.entries()).to.have.deep.members(first.book.entries());
    rmSync(join(dir, "addrbook.json"));
    second.save();
    expect(readdirSync(dir)).to.deep.equal([]);
    expect(text).to.include(strangerId(3));
  });

  it("that is cut anywhere, or holds something else, is put aside, and the node begins with an empty book", () => {
    const first = open();
    first.book.add(PUBLIC(1), "g");
    first.save();
    const whole = readFileSync(join(dir, "addrbook.json"), "utf8");
    for (const text of [whole.slice(0, whole.length / 2), "", "[]", '{"key":"","addresses":[]}', whole.replace("8.1.", "8.999."), whole.replace('"source"', '"sauce"')]) {
      writeFileSync(join(dir, "addrbook.json"), text);
      expect(open().book.size, text.slice(0, 40)).to.equal(0);
      expect(readFileSync(join(dir, "addrbook.json.damaged"), "utf8")).to.equal(text);
    }
  });

  it("with a half-written one beside it, as a crash leaves it, is read as it was", () => {
    const first = open();
    first.book.add(PUBLIC(1), "g");
    first.save();
    writeFileSync(join(dir, "addrbook.json.new"), '{"key":');
    expect(open().book.size).to.equal(1);
  });

  it("that cannot be written stops nobody", () => {
    const book = openAddressBook(join(dir, "none", "addrbook.json"), { selfId: testPeerId(9), privateIds: new Set(), isStrict: true }, silentLogger());
    book.book.add(PUBLIC(1), "g");
    book.save();
    expect(book.book.size).to.equal(1);
  });
});

