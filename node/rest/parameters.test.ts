import { expect } from "chai";
import { QueryAllBalancesRequest, QueryBalanceRequest } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { GetBlockByHeightRequest } from "../../proto/gen/cosmos/base/tendermint/v1beta1.js";
import { QueryProposalsRequest } from "../../proto/gen/cosmos/gov/v1.js";
import { BroadcastTxRequest, GetTxsEventRequest } from "../../proto/gen/cosmos/tx/v1beta1.js";
import type { AnyCodec } from "../../chain/codec/index.js";
import { readPath, readQuery } from "./parameters.js";
import type { Draft } from "./parameters.js";
import { RestError } from "./status.js";

function read(codec: AnyCodec, text: string): Draft {
  const draft: Draft = {};
  readQuery(codec, new URLSearchParams(text), draft, []);
  return draft;
}

function complaint(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof RestError) return error.message;
  }
  return "none";
}

describe("parameters of a URL", () => {
  it("fill nested fields, in either spelling of a name", () => {
    const page = { limit: "5", key: "AQI=", count_total: true };
    expect(read(QueryAllBalancesRequest, "pagination.limit=5&pagination.key=AQI%3D&pagination.count_total=true")).to.deep.equal({ pagination: page });
    expect(read(QueryAllBalancesRequest, "pagination.limit=5&pagination.key=AQI&pagination.countTotal=1")).to.deep.equal({ pagination: page });
  });

  it("take bytes in both alphabets of base64, with and without padding", () => {
    for (const text of ["-_8=", "-_8", "%2B%2F8=", "%2B%2F8"]) {
      expect(read(QueryAllBalancesRequest, `pagination.key=${text}`)).to.deep.equal({ pagination: { key: "+/8=" } });
    }
  });

  it("repeat for lists, and count once for the rest", () => {
    expect(read(GetTxsEventRequest, "events=a%3D'1'&events=b%3D'2'")).to.deep.equal({ events: ["a='1'", "b='2'"] });
    expect(read(GetTxsEventRequest, "order_by=ORDER_BY_DESC&order_by=ORDER_BY_ASC")).to.deep.equal({ order_by: "ORDER_BY_DESC" });
  });

  it("name enums or number them", () => {
    expect(read(QueryProposalsRequest, "proposal_status=PROPOSAL_STATUS_PASSED")).to.deep.equal({ proposal_status: "PROPOSAL_STATUS_PASSED" });
    expect(read(QueryProposalsRequest, "proposal_status=3")).to.deep.equal({ proposal_status: 3 });
    expect(complaint(() => read(QueryProposalsRequest, "proposal_status=77"))).to.match(/not a valid value/);
  });

  it("pass over names that the request does not have", () => {
    for (const name of ["nobody", "pagination.nobody", "pagination.limit.x", "address.x", "__proto__.x", "constructor"]) {
      expect(read(QueryAllBalancesRequest, `${name}=1`), name).to.deep.equal({});
    }
  });

  it("are not asked again for what the path gave", () => {
    const variables = [{ field: ["address"], text: "of the path" }];
    const draft: Draft = {};
    readQuery(QueryBalanceRequest, new URLSearchParams("address=other&denom=uopen"), draft, variables);
    readPath(QueryBalanceRequest, variables, draft);
    expect(draft).to.deep.equal({ address: "of the path", denom: "uopen" });
    const height = [{ field: ["height"], text: "5" }];
    expect(complaint(() => readQuery(GetBlockByHeightRequest, new URLSearchParams("height=high"), {}, height))).to.equal("none");
  });

  const wrong: readonly (readonly [text: string, says: string])[] = [
    ["pagination.limit=abc", 'strconv.ParseUint: parsing "abc": invalid syntax'],
    ["pagination.limit=", 'strconv.ParseUint: parsing "": invalid syntax'],
    ["pagination.limit=-1", 'strconv.ParseUint: parsing "-1": value out of range'],
    ["pagination.limit=18446744073709551616", 'strconv.ParseUint: parsing "18446744073709551616": value out of range'],
    ["pagination.reverse=yes", 'strconv.ParseBool: parsing "yes": invalid syntax'],
    ["pagination.key=!", "illegal base64 data"],
    ["pagination=1", "unsupported parameter pagination: name one of its fields"],
  ];
  for (const [text, says] of wrong) {
    it(`refuse "${text}" in the gateway's words`, () => {
      expect(complaint(() => read(QueryAllBalancesRequest, text))).to.equal(says);
    });
  }

  it("say which part of the path does not fit", () => {
    const run = (): void => readPath(GetBlockByHeightRequest, [{ field: ["height"], text: "high" }], {});
    expect(complaint(run)).to.equal('type mismatch, parameter: height, error: strconv.ParseInt: parsing "high": invalid syntax');
  });

  it("bound how far integers and names go", () => {
    expect(complaint(() => read(QueryAllBalancesRequest, `pagination.limit=${"9".repeat(5000)}`))).to.match(/value out of range/);
    expect(read(BroadcastTxRequest, `${"tx_bytes.".repeat(100)}x=1`)).to.deep.equal({});
  });
});
