/** FinalizeBlock responses as the stores keep them: tendermint.abci.ResponseFinalizeBlock. */
import type { FinalizeBlockResponse } from "../../chain/abci/index.js";
import { consensusParamsToWire, decodeConsensusParams } from "../../chain/block/index.js";
import { Fault, toGas, toVotingPower } from "../../chain/primitives/index.js";
import { ResponseFinalizeBlock } from "../../proto/gen/tendermint/abci.js";
import { PublicKey } from "../../proto/gen/tendermint/crypto.js";
import { ConsensusParams as WireParams } from "../../proto/gen/tendermint/types.js";

/** Bytes of responses that are known in that form: the store, the index and another thread ask for the same. */
const known = new WeakMap<FinalizeBlockResponse, Uint8Array>();

/** `bytes` is what encodes `response`. */
export function keepEncoded(response: FinalizeBlockResponse, bytes: Uint8Array): void {
  known.set(response, bytes);
}

export function encodeFinalizeResponse(response: FinalizeBlockResponse): Uint8Array {
  const bytes = known.get(response) ?? encode(response);
  known.set(response, bytes);
  return bytes;
}

function encode(response: FinalizeBlockResponse): Uint8Array {
  return ResponseFinalizeBlock.encode({
    events: response.events,
    txResults: response.txResults,
    validatorUpdates: response.validatorUpdates.map(({ publicKey, power }) => ({
      pubKey: PublicKey.create({ ed25519: publicKey }),
      power,
    })),
    consensusParamUpdates:
      response.consensusParamUpdates === null
        ? undefined
        : consensusParamsToWire(response.consensusParamUpdates),
    appHash: response.appHash,
  });
}

/** @throws Fault on what encodeFinalizeResponse does not write: own data is damaged. */
export function decodeFinalizeResponse(bytes: Uint8Array): FinalizeBlockResponse {
  const wire = ResponseFinalizeBlock.decode(bytes);
  const response: FinalizeBlockResponse = {
    events: wire.events,
    txResults: wire.txResults.map((r) => ({
      ...r,
      gasWanted: toGas(r.gasWanted),
      gasUsed: toGas(r.gasUsed),
    })),
    validatorUpdates: wire.validatorUpdates.map(({ pubKey, power }) => {
      if (pubKey.ed25519 === undefined) throw new Fault("a stored validator update has no ed25519 key");
      return { publicKey: pubKey.ed25519, power: toVotingPower(power) };
    }),
    consensusParamUpdates:
      wire.consensusParamUpdates === undefined
        ? null
        : decodeConsensusParams(WireParams.encode(wire.consensusParamUpdates)),
    appHash: wire.appHash,
  };
  keepEncoded(response, bytes);
  return response;
}
