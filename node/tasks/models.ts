import {
  QueryAdapterRequest,
  QueryAdapterResponse,
  QueryBaseModelRequest,
  QueryBaseModelResponse,
  QueryService,
} from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Adapter, BaseModel, DatasetRef } from "../../proto/gen/openledger/modelfactory/v1.js";
import { equalBytes, toHex } from "../../chain/primitives/index.js";
import { EdgeFailure, isFailure } from "../errors.js";
import type { SidecarClient } from "../sidecar-client/types.js";
import { readBlob } from "./blob-reader.js";
import type { BlobReads } from "./blob-reader.js";
import { readDatasets } from "./dataset.js";
import type { StateReader } from "./types.js";

export interface ModelDeps {
  readonly state: StateReader;
  readonly blobs: BlobReads;
  readonly sidecar: SidecarClient;
}

const PATH = `/${QueryService.typeName}`;

export async function queryBaseModel(state: StateReader, id: bigint): Promise<BaseModel> {
  const codecs = { request: QueryBaseModelRequest, response: QueryBaseModelResponse };
  return (await state.query(`${PATH}/BaseModel`, codecs, { baseModelId: id })).baseModel;
}

export async function queryAdapter(state: StateReader, id: bigint): Promise<Adapter> {
  const codecs = { request: QueryAdapterRequest, response: QueryAdapterResponse };
  return (await state.query(`${PATH}/Adapter`, codecs, { adapterId: id })).adapter;
}

function mustEqual(what: string, found: Uint8Array, expected: Uint8Array): void {
  if (equalBytes(found, expected)) return;
  throw new EdgeFailure("malformed", `${what} is not what the chain names`, { found: toHex(found), expected: toHex(expected) });
}

/** Rows that spans are looked for in, and those that stand before them and earn nothing. */
export interface CorpusRef {
  readonly baseModelId: bigint;
  readonly datasets: readonly DatasetRef[];
  readonly background: readonly DatasetRef[];
}

/** Where the tangents do not predict retraining well enough, the adapter says so and its answers are priced by "ef-v1". */
function pricedBy({ method, tangentsCid, tangentRoot, fallbackCid, fallbackRoot }: Adapter): { readonly cid: string; readonly root: Uint8Array } {
  return method === "ef-v1" ? { cid: fallbackCid, root: fallbackRoot } : { cid: tangentsCid, root: tangentRoot };
}

/**
 * Keeps the sidecar supplied with what tasks refer to. The sidecar forgets under pressure and after a restart, so
 * what was loaded is remembered only until it says otherwise: `retrying` drops the memory and runs once more.
 */
export class Models {
  private readonly deps: ModelDeps;
  private readonly loaded = new Map<string, Promise<Uint8Array>>();

  constructor(deps: ModelDeps) {
    this.deps = deps;
  }

  private once(key: string, load: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const known = this.loaded.get(key);
    if (known !== undefined) return known;
    const started = load();
    this.loaded.set(key, started);
    started.catch(() => this.loaded.delete(key));
    return started;
  }

  base(id: bigint, signal: AbortSignal): Promise<Uint8Array> {
    return this.once(`base ${id}`, async () => {
      const { blobs, sidecar, state } = this.deps;
      const model = await queryBaseModel(state, id);
      const [config, tokenizer, weights] = await Promise.all([
        readBlob(blobs, model.configCid, signal),
        readBlob(blobs, model.tokenizerCid, signal),
        readBlob(blobs, model.weightsCid, signal),
      ]);
      const info = await sidecar.loadBase({ config, tokenizer, weights }, signal);
      mustEqual("the base model", info.baseId, model.baseHash);
      return info.baseId;
    });
  }

  adapter(adapter: Adapter, signal: AbortSignal): Promise<Uint8Array> {
    return this.once(`adapter ${adapter.id}`, async () => {
      const baseId = await this.base(adapter.baseModelId, signal);
      const [config, weights] = await Promise.all([
        readBlob(this.deps.blobs, adapter.configCid, signal),
        readBlob(this.deps.blobs, adapter.weightsCid, signal),
      ]);
      const info = await this.deps.sidecar.loadAdapter({ baseId, config, weights }, signal);
      mustEqual("the adapter", info.adapterId, adapter.adapterHash);
      return info.adapterId;
    });
  }

  /** The vectors that the adapter's answers are priced by. */
  vectors(adapter: Adapter, signal: AbortSignal): Promise<Uint8Array> {
    const { cid, root } = pricedBy(adapter);
    return this.once(`vectors ${adapter.id} ${cid}`, async () => {
      const info = await this.deps.sidecar.loadTangents(await readBlob(this.deps.blobs, cid, signal), signal);
      mustEqual("the influence vectors", info.tangentRoot, root);
      return info.tangentRoot;
    });
  }

  corpus(of: CorpusRef, signal: AbortSignal): Promise<Uint8Array> {
    const key = [of.datasets, of.background].map((refs) => refs.map((d) => `${d.datanetId}.${d.version}`).join(",")).join(" after ");
    return this.once(`corpus ${of.baseModelId} ${key}`, async () => {
      const baseId = await this.base(of.baseModelId, signal);
      const rows = await readDatasets(this.deps, of.datasets, signal);
      const background = (await readDatasets(this.deps, of.background, signal)).map((row) => row.text);
      return (await this.deps.sidecar.loadCorpus({ baseId, rows, background }, signal)).corpusId;
    });
  }

  /** Runs `work`; if the sidecar lacks something that was loaded before, loads again and runs once more. */
  async retrying<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isFailure(error, "not-found")) throw error;
      this.loaded.clear();
      return work();
    }
  }
}
