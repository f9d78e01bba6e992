import { createProtobufRpcClient } from "@cosmjs/stargate";
import type { QueryClient } from "@cosmjs/stargate";
import type { Codec } from "../chain/codec/index.js";
import * as attest from "../proto/gen/openledger/attest/v1.js";
import * as attribution from "../proto/gen/openledger/attribution/v1.js";
import * as datanet from "../proto/gen/openledger/datanet/v1.js";
import * as modelfactory from "../proto/gen/openledger/modelfactory/v1.js";
import * as openlora from "../proto/gen/openledger/openlora/v1.js";

type Unary<Q, R> = (request?: Partial<Q>) => Promise<R>;

/** Queries of the data economy, to be mixed into a CosmJS `QueryClient`. */
export interface OpenLedgerExtension {
  readonly openledger: {
    readonly attest: {
      readonly params: Unary<attest.QueryParamsRequest, attest.QueryParamsResponse>;
      readonly task: Unary<attest.QueryTaskRequest, attest.QueryTaskResponse>;
      readonly openTasks: Unary<attest.QueryOpenTasksRequest, attest.QueryOpenTasksResponse>;
      readonly tasks: Unary<attest.QueryTasksRequest, attest.QueryTasksResponse>;
    };
    readonly datanet: {
      readonly params: Unary<datanet.QueryParamsRequest, datanet.QueryParamsResponse>;
      readonly datanet: Unary<datanet.QueryDatanetRequest, datanet.QueryDatanetResponse>;
      readonly datanets: Unary<datanet.QueryDatanetsRequest, datanet.QueryDatanetsResponse>;
      readonly contribution: Unary<datanet.QueryContributionRequest, datanet.QueryContributionResponse>;
      readonly contributions: Unary<datanet.QueryContributionsRequest, datanet.QueryContributionsResponse>;
      readonly version: Unary<datanet.QueryVersionRequest, datanet.QueryVersionResponse>;
      readonly versionContributions: Unary<
        datanet.QueryVersionContributionsRequest,
        datanet.QueryVersionContributionsResponse
      >;
    };
    readonly modelfactory: {
      readonly params: Unary<modelfactory.QueryParamsRequest, modelfactory.QueryParamsResponse>;
      readonly baseModel: Unary<modelfactory.QueryBaseModelRequest, modelfactory.QueryBaseModelResponse>;
      readonly baseModels: Unary<modelfactory.QueryBaseModelsRequest, modelfactory.QueryBaseModelsResponse>;
      readonly job: Unary<modelfactory.QueryJobRequest, modelfactory.QueryJobResponse>;
      readonly jobs: Unary<modelfactory.QueryJobsRequest, modelfactory.QueryJobsResponse>;
      readonly checkpoints: Unary<modelfactory.QueryCheckpointsRequest, modelfactory.QueryCheckpointsResponse>;
      readonly adapter: Unary<modelfactory.QueryAdapterRequest, modelfactory.QueryAdapterResponse>;
      readonly adapters: Unary<modelfactory.QueryAdaptersRequest, modelfactory.QueryAdaptersResponse>;
      readonly dispute: Unary<modelfactory.QueryDisputeRequest, modelfactory.QueryDisputeResponse>;
      readonly disputes: Unary<modelfactory.QueryDisputesRequest, modelfactory.QueryDisputesResponse>;
    };
    readonly openlora: {
      readonly params: Unary<openlora.QueryParamsRequest, openlora.QueryParamsResponse>;
      readonly inference: Unary<openlora.QueryInferenceRequest, openlora.QueryInferenceResponse>;
      readonly inferenceByNonce: Unary<openlora.QueryInferenceByNonceRequest, openlora.QueryInferenceByNonceResponse>;
      readonly inferences: Unary<openlora.QueryInferencesRequest, openlora.QueryInferencesResponse>;
    };
    readonly attribution: {
      readonly params: Unary<attribution.QueryParamsRequest, attribution.QueryParamsResponse>;
      readonly record: Unary<attribution.QueryRecordRequest, attribution.QueryRecordResponse>;
      readonly records: Unary<attribution.QueryRecordsRequest, attribution.QueryRecordsResponse>;
      readonly accrued: Unary<attribution.QueryAccruedRequest, attribution.QueryAccruedResponse>;
      readonly dispute: Unary<attribution.QueryDisputeRequest, attribution.QueryDisputeResponse>;
      readonly attester: Unary<attribution.QueryAttesterRequest, attribution.QueryAttesterResponse>;
      readonly harm: Unary<attribution.QueryHarmRequest, attribution.QueryHarmResponse>;
    };
  };
}

/** `QueryClient.withExtensions(comet, setupOpenLedgerExtension)`. */
export function setupOpenLedgerExtension(base: QueryClient): OpenLedgerExtension {
  const rpc = createProtobufRpcClient(base);
  const call =
    <Q, R>(service: string, method: string, request: Codec<Q>, response: Codec<R>): Unary<Q, R> =>
    async (partial) =>
      response.decode(await rpc.request(service, method, request.encode(request.create(partial))), { unknown: "ignore" });
  const { typeName: a } = attest.QueryService;
  const { typeName: d } = datanet.QueryService;
  const { typeName: m } = modelfactory.QueryService;
  const { typeName: o } = openlora.QueryService;
  const { typeName: p } = attribution.QueryService;
  return {
    openledger: {
      attest: {
        params: call(a, "Params", attest.QueryParamsRequest, attest.QueryParamsResponse),
        task: call(a, "Task", attest.QueryTaskRequest, attest.QueryTaskResponse),
        openTasks: call(a, "OpenTasks", attest.QueryOpenTasksRequest, attest.QueryOpenTasksResponse),
        tasks: call(a, "Tasks", attest.QueryTasksRequest, attest.QueryTasksResponse),
      },
      datanet: {
        params: call(d, "Params", datanet.QueryParamsRequest, datanet.QueryParamsResponse),
        datanet: call(d, "Datanet", datanet.QueryDatanetRequest, datanet.QueryDatanetResponse),
        datanets: call(d, "Datanets", datanet.QueryDatanetsRequest, datanet.QueryDatanetsResponse),
        contribution: call(d, "Contribution", datanet.QueryContributionRequest, datanet.QueryContributionResponse),
        contributions: call(d, "Contributions", datanet.QueryContributionsRequest, datanet.QueryContributionsResponse),
        version: call(d, "Version", datanet.QueryVersionRequest, datanet.QueryVersionResponse),
        versionContributions: call(
          d,
          "VersionContributions",
          datanet.QueryVersionContributionsRequest,
          datanet.QueryVersionContributionsResponse,
        ),
      },
      modelfactory: {
        params: call(m, "Params", modelfactory.QueryParamsRequest, modelfactory.QueryParamsResponse),
        baseModel: call(m, "BaseModel", modelfactory.QueryBaseModelRequest, modelfactory.QueryBaseModelResponse),
        baseModels: call(m, "BaseModels", modelfactory.QueryBaseModelsRequest, modelfactory.QueryBaseModelsResponse),
        job: call(m, "Job", modelfactory.QueryJobRequest, modelfactory.QueryJobResponse),
        jobs: call(m, "Jobs", modelfactory.QueryJobsRequest, modelfactory.QueryJobsResponse),
        checkpoints: call(m, "Checkpoints", modelfactory.QueryCheckpointsRequest, modelfactory.QueryCheckpointsResponse),
        adapter: call(m, "Adapter", modelfactory.QueryAdapterRequest, modelfactory.QueryAdapterResponse),
        adapters: call(m, "Adapters", modelfactory.QueryAdaptersRequest, modelfactory.QueryAdaptersResponse),
        dispute: call(m, "Dispute", modelfactory.QueryDisputeRequest, modelfactory.QueryDisputeResponse),
        disputes: call(m, "Disputes", modelfactory.QueryDisputesRequest, modelfactory.QueryDisputesResponse),
      },
      openlora: {
        params: call(o, "Params", openlora.QueryParamsRequest, openlora.QueryParamsResponse),
        inference: call(o, "Inference", openlora.QueryInferenceRequest, openlora.QueryInferenceResponse),
        inferenceByNonce: call(o, "InferenceByNonce", openlora.QueryInferenceByNonceRequest, openlora.QueryInferenceByNonceResponse),
        inferences: call(o, "Inferences", openlora.QueryInferencesRequest, openlora.QueryInferencesResponse),
      },
      attribution: {
        params: call(p, "Params", attribution.QueryParamsRequest, attribution.QueryParamsResponse),
        record: call(p, "Record", attribution.QueryRecordRequest, attribution.QueryRecordResponse),
        records: call(p, "Records", attribution.QueryRecordsRequest, attribution.QueryRecordsResponse),
        accrued: call(p, "Accrued", attribution.QueryAccruedRequest, attribution.QueryAccruedResponse),
        dispute: call(p, "Dispute", attribution.QueryDisputeRequest, attribution.QueryDisputeResponse),
        attester: call(p, "Attester", attribution.QueryAttesterRequest, attribution.QueryAttesterResponse),
        harm: call(p, "Harm", attribution.QueryHarmRequest, attribution.QueryHarmResponse),
      },
    },
  };
}
