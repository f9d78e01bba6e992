import {
  QueryDisputesRequest,
  QueryDisputesResponse,
  QueryJobsRequest,
  QueryJobsResponse,
  QueryParamsRequest,
  QueryParamsResponse,
  QueryService,
} from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Dispute, Params, TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { StateReader } from "../tasks/index.js";

const PATH = `/${QueryService.typeName}`;
const PAGE = 100n;

interface Page<T> {
  readonly items: readonly T[];
  readonly nextKey: Uint8Array;
}

/** Page after page, so that nobody hides what is ours behind a hundred jobs or disputes of its own. */
async function* pages<T>(read: (key: Uint8Array) => Promise<Page<T>>): AsyncGenerator<T> {
  let key: Uint8Array = new Uint8Array(0);
  do {
    const page = await read(key);
    yield* page.items;
    key = page.nextKey;
  } while (key.length > 0);
}

const pageFrom = (key: Uint8Array) => ({ key, offset: 0n, limit: PAGE, countTotal: false, reverse: false });

/** Jobs in this status, in order of number. */
export function jobsIn(state: StateReader, status: number): AsyncGenerator<TrainingJob> {
  const codecs = { request: QueryJobsRequest, response: QueryJobsResponse };
  return pages(async (key) => {
    const { jobs, pagination } = await state.query(`${PATH}/Jobs`, codecs, { status, pagination: pageFrom(key) });
    return { items: jobs, nextKey: pagination?.nextKey ?? new Uint8Array(0) };
  });
}

/** Disputes that are not over, of one job or, with 0, of all. */
export function openDisputes(state: StateReader, jobId = 0n): AsyncGenerator<Dispute> {
  const codecs = { request: QueryDisputesRequest, response: QueryDisputesResponse };
  return pages(async (key) => {
    const request = { jobId, openOnly: true, pagination: pageFrom(key) };
    const { disputes, pagination } = await state.query(`${PATH}/Disputes`, codecs, request);
    return { items: disputes, nextKey: pagination?.nextKey ?? new Uint8Array(0) };
  });
}

export async function queryParams(state: StateReader): Promise<Params> {
  return (await state.query(`${PATH}/Params`, { request: QueryParamsRequest, response: QueryParamsResponse }, {})).params;
}

