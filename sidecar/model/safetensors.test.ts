import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import fc from "fast-check";
import { Reject, concatBytes, utf8 } from "../../chain/primitives/index.js";
import { SidecarError } from "../errors.js";
import { goldenDecoder } from "../testkit/golden-decoders.js";
import { encodeSafetensors, encodeStored, parseSafetensors, readStored } from "./safetensors.js";
import { joinShards } from "./shards.js";

/** A file of a header that nobody checked, and zeros. */
function fileOf(header: string, data = 8, length = BigInt(header.length)): Uint8Array {
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, length, true);
  return concatBytes(prefix, utf8(header), new Uint8Array(data));
}

describe("safetensors", () => {
  const tensors = [
    ["a", { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 5, 6) }],
    ["b", { shape: [1], data: Float32Array.of(7) }],
  ] as const;
  const bytes = encodeSafetensors(tensors);
  const read = (b: Uint8Array): unknown => parseSafetensors(b, SidecarError.BadModel);

  it("round-trips", () => {
    expect([...parseSafetensors(bytes, SidecarError.BadModel)]).to.deep.equal(tensors.map((t) => [...t]));
  });

  it("refuses what is cut, extended, not float32 or not finite", () => {
    for (let cut = 0; cut < bytes.length; cut++) expect(() => read(bytes.subarray(0, cut))).to.throw(Reject);
    expect(() => read(concatBytes(bytes, Uint8Array.of(0)))).to.throw(Reject);
    expect(() => read(encodeSafetensors([["a", { shape: [1], data: Float32Array.of(NaN) }]]))).to.throw(Reject);
    const half = Buffer.from(bytes).toString("latin1").replace("F32", "F16");
    expect(() => read(Buffer.from(half, "latin1"))).to.throw(Reject);
  });

  it("refuses random damage or still yields finite numbers", () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const damaged = bytes.slice();
        damaged[at] = value;
        try {
          for (const [, t] of parseSafetensors(damaged, SidecarError.BadModel)) expect(t.data.every(Number.isFinite)).to.equal(true);
        } catch (error) {
          expect(error).to.be.instanceOf(Reject);
        }
      }),
    );
  });

  const tensor = (fields: object): string => JSON.stringify({ a: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...fields } });

  it("reads what is as it should be", () => {
    expect([...parseSafetensors(fileOf(tensor({})), SidecarError.BadModel)]).to.deep.equal([["a", { shape: [2], data: new Float32Array(2) }]]);
    expect([...parseSafetensors(fileOf('{"__metadata__":{"format":"pt"}}', 0), SidecarError.BadModel)]).to.deep.equal([]);
  });

  const refused: Readonly<Record<string, Uint8Array>> = {
    "a header longer than the file": fileOf(tensor({}), 8, 1n << 20n),
    "a header of 2^63 bytes": fileOf(tensor({}), 8, 1n << 63n),
    "a header that ends early": fileOf(tensor({}), 8, 10n),
    "a header beyond bounds": fileOf(`${tensor({})}${" ".repeat(1 << 20)}`),
    "a header that is a list": fileOf("[]", 0),
    "a header that is no UTF-8": concatBytes(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe)),
    "a tensor that is a number": fileOf('{"a":1}', 0),
    "a tensor of integers": fileOf(tensor({ dtype: "I64", shape: [1] })),
    "a tensor whose kind is a method's name": fileOf(tensor({ dtype: "constructor" })),
    "a size that is no number": fileOf(tensor({ shape: ["2"] })),
    "a size that is null, as NaN is in JSON": fileOf(tensor({ shape: [NaN] })),
    "a negative size": fileOf(tensor({ shape: [-2] })),
    "a fraction of a size": fileOf(tensor({ shape: [0.5, 4] })),
    "sizes that wrap around": fileOf(tensor({ shape: [2 ** 30, 2 ** 30, 2 ** 4, 2] })),
    "too many dimensions": fileOf(tensor({ shape: [1, 1, 1, 1, 2] })),
    "no sizes": fileOf(tensor({ shape: undefined })),
    "offsets backwards": fileOf(tensor({ data_offsets: [8, 0] })),
    "offsets past the end": fileOf(tensor({ shape: [4], data_offsets: [0, 16] })),
    "a negative offset": fileOf(tensor({ data_offsets: [-8, 0] })),
    "one offset": fileOf(tensor({ data_offsets: [8] })),
    "three offsets": fileOf(tensor({ data_offsets: [0, 8, 8] })),
    "fewer bytes than its size": fileOf(tensor({ data_offsets: [0, 4] })),
    "a gap before it": fileOf(tensor({ data_offsets: [4, 12] }), 12),
    "two tensors in one place": fileOf('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'),
    "too many tensors": fileOf(`{${Array.from({ length: 4097 }, (_, i) => `"t${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`).join()}}`, 0),
    "an infinite half": concatBytes(fileOf(tensor({ dtype: "F16", data_offsets: [0, 4] }), 0), Uint8Array.of(0, 0x7c, 0, 0)),
    "a bfloat16 that is not a number": concatBytes(fileOf(tensor({ dtype: "BF16", data_offsets: [0, 4] }), 0), Uint8Array.of(0xc0, 0x7f, 0, 0)),
  };
  for (const [what, bytes] of Object.entries(refused)) {
    it(`refuses ${what}`, () => {
      expect(() => parseSafetensors(bytes, SidecarError.BadModel)).to.throw(Reject).with.property("code", 3);
    });
  }

  it("widens half numbers exactly, the smallest and the largest among them", () => {
    const halves = [0x0001, 0x03ff, 0x0400, 0x3c00, 0x7bff, 0x8001, 0xc000, 0x8000];
    const bytes = new Uint8Array(16);
    halves.forEach((h, i) => new DataView(bytes.buffer).setUint16(2 * i, h, true));
    const half = parseSafetensors(encodeStored([{ name: "a", kind: "F16", shape: [8], bytes }]), SidecarError.BadModel).get("a");
    expect([...(half?.data ?? [])]).to.deep.equal([2 ** -24, 1023 * 2 ** -24, 2 ** -14, 1, 65504, -(2 ** -24), -2, -0]);
    const brain = parseSafetensors(encodeStored([{ name: "a", kind: "BF16", shape: [8], bytes }]), SidecarError.BadModel).get("a");
    expect(brain?.data[3]).to.equal(2 ** -7);
    expect(brain?.data[6]).to.equal(-2);
  });
});

describe("shards of a model", () => {
  const FOLDER = fileURLToPath(new URL("./vectors/llama-tied/shards/", import.meta.url));
  const index = readFileSync(`${FOLDER}model.safetensors.index.json`);
  const read = (name: string): Uint8Array => readFileSync(`${FOLDER}${name}`);
  const changed = (edit: (map: Record<string, unknown>) => void): Uint8Array => {
    const file = JSON.parse(index.toString()) as { weight_map: Record<string, unknown> };
    edit(file.weight_map);
    return utf8(JSON.stringify(file));
  };

  it("that transformers wrote become the model in one file, with its very numbers", () => {
    const whole = readStored(goldenDecoder("llama-tied").weights, SidecarError.BadModel);
    const joined = readStored(joinShards(index, read), SidecarError.BadModel);
    const plain = (t: (typeof whole)[number]): [string, string, string] => [t.name, `${t.kind} ${t.shape.join()}`, Buffer.from(t.bytes).toString("hex")];
    expect(joined.map(plain).sort()).to.deep.equal(whole.map(plain).sort());
    expect(joinShards(index, read)).to.deep.equal(joinShards(index, read));
  });

  it("are refused where index and files differ, or the index leads elsewhere", () => {
    const bad = [
      utf8("{}"),
      utf8('{"weight_map":{}}'),
      changed((map) => (map["model.norm.weight"] = "../../secret.safetensors")),
      changed((map) => (map["model.norm.weight"] = 5)),
      changed((map) => (map["more"] = map["model.norm.weight"])),
      changed((map) => delete map["model.norm.weight"]),
      changed((map) => (map["model.norm.weight"] = map["model.embed_tokens.weight"])),
      utf8(JSON.stringify({ weight_map: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`t${i}`, `s${i}.safetensors`])) })),
    ];
    for (const b of bad) expect(() => joinShards(b, read)).to.throw(Reject).with.property("code", 3);
    expect(() => joinShards(index, (name) => read(name).subarray(0, 40))).to.throw(Reject).with.property("code", 3);
  });
});
