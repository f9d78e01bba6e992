import { createProtobufRpcClient } from "@cosmjs/stargate";
import type { QueryClient } from "@cosmjs/stargate";
import type { Codec } from "../chain/codec/index.js";
import * as attest from "../proto/gen/openledger/attest/v1.js";
import * as attribution from "../proto/gen/openledger/attribution/v1.js";
import * as datanet from "../proto/gen/openledger/datanet/v1.js";
import * as emission from "../proto/gen/openledger/emission/v1.js";
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
    readonly emission: {
      readonly params: Unary<emission.QueryParamsRequest, emission.QueryParamsResponse>;
      readonly epoch: Unary<emission.QueryEpochRequest, emission.QueryEpochResponse>;
      readonly allocation: Unary<emission.QueryAllocationRequest, emission.QueryAllocationResponse>;
      readonly allocations: Unary<emission.QueryAllocationsRequest, emission.QueryAllocationsResponse>;
      readonly shares: Unary<emission.QuerySharesRequest, emission.QuerySharesResponse>;
    };
  };
}

type Call = <Q, R>(method: string, request: Codec<Q>, response: Codec<R>) => Unary<Q, R>;

function modelFactoryQueries(call: Call): OpenLedgerExtension["openledger"]["modelfactory"] {
  return {
    params: call("Params", modelfactory.QueryParamsRequest, modelfactory.QueryParamsResponse),
    baseModel: call("BaseModel", modelfactory.QueryBaseModelRequest, modelfactory.QueryBaseModelResponse),
    baseModels: call("BaseModels", modelfactory.QueryBaseModelsRequest, modelfactory.QueryBaseModelsResponse),
    job: call("Job", modelfactory.QueryJobRequest, modelfactory.QueryJobResponse),
    jobs: call("Jobs", modelfactory.QueryJobsRequest, modelfactory.QueryJobsResponse),
    checkpoints: call("Checkpoints", modelfactory.QueryCheckpointsRequest, modelfactory.QueryCheckpointsResponse),
    adapter: call("Adapter", modelfactory.QueryAdapterRequest, modelfactory.QueryAdapterResponse),
    adapters: call("Adapters", modelfactory.QueryAdaptersRequest, modelfactory.QueryAdaptersResponse),
    dispute: call("Dispute", modelfactory.QueryDisputeRequest, modelfactory.QueryDisputeResponse),
    disputes: call("Disputes", modelfactory.QueryDisputesRequest, modelfactory.QueryDisputesResponse),
  };
}

function datanetQueries(call: Call): OpenLedgerExtension["openledger"]["datanet"] {
  return {
    params: call("Params", datanet.QueryParamsRequest, datanet.QueryParamsResponse),
    datanet: call("Datanet", datanet.QueryDatanetRequest, datanet.QueryDatanetResponse),
    datanets: call("Datanets", datanet.QueryDatanetsRequest, datanet.QueryDatanetsResponse),
    contribution: call("Contribution", datanet.QueryContributionRequest, datanet.QueryContributionResponse),
    contributions: call("Contributions", datanet.QueryContributionsRequest, datanet.QueryContributionsResponse),
    version: call("Version", datanet.QueryVersionRequest, datanet.QueryVersionResponse),
    versionContributions: call("VersionContributions", datanet.QueryVersionContributionsRequest, datanet.QueryVersionContributionsResponse),
  };
}

function attestQueries(call: Call): OpenLedgerExtension["openledger"]["attest"] {
  return {
    params: call("Params", attest.QueryParamsRequest, attest.QueryParamsResponse),
    task: call("Task", attest.QueryTaskRequest, attest.QueryTaskResponse),
    openTasks: call("OpenTasks", attest.QueryOpenTasksRequest, attest.QueryOpenTasksResponse),
    tasks: call("Tasks", attest.QueryTasksRequest, attest.QueryTasksResponse),
  };
}

function openLoraQueries(call: Call): OpenLedgerExtension["openledger"]["openlora"] {
  return {
    params: call("Params", openlora.QueryParamsRequest, openlora.QueryParamsResponse),
    inference: call("Inference", openlora.QueryInferenceRequest, openlora.QueryInferenceResponse),
    inferenceByNonce: call("InferenceByNonce", openlora.QueryInferenceByNonceRequest, openlora.QueryInferenceByNonceResponse),
    inferences: call("Inferences", openlora.QueryInferencesRequest, openlora.QueryInferencesResponse),
  };
}

function emissionQueries(call: Call): OpenLedgerExtension["openledger"]["emission"] {
  return {
    params: call("Params", emission.QueryParamsRequest, emission.QueryParamsResponse),
    epoch: call("Epoch", emission.QueryEpochRequest, emission.QueryEpochResponse),
    allocation: call("Allocation", emission.QueryAllocationRequest, emission.QueryAllocationResponse),
    allocations: call("Allocations", emission.QueryAllocationsRequest, emission.QueryAllocationsResponse),
    shares: call("Shares", emission.QuerySharesRequest, emission.QuerySharesResponse),
  };
}

function attributionQueries(call: Call): OpenLedgerExtension["openledger"]["attribution"] {
  return {
    params: call("Params", attribution.QueryParamsRequest, attribution.QueryParamsResponse),
    record: call("Record", attribution.QueryRecordRequest, attribution.QueryRecordResponse),
    records: call("Records", attribution.QueryRecordsRequest, attribution.QueryRecordsResponse),
    accrued: call("Accrued", attribution.QueryAccruedRequest, attribution.QueryAccruedResponse),
    dispute: call("Dispute", attribution.QueryDisputeRequest, attribution.QueryDisputeResponse),
    attester: call("Attester", attribution.QueryAttesterRequest, attribution.QueryAttesterResponse),
    harm: call("Harm", attribution.QueryHarmRequest, attribution.QueryHarmResponse),
  };
}

/** `QueryClient.withExtensions(comet, setupOpenLedgerExtension)`. */
export function setupOpenLedgerExtension(base: QueryClient): OpenLedgerExtension {
  const rpc = createProtobufRpcClient(base);
  const callsOf =
    (service: string): Call =>
    (method, request, response) =>
    async (partial) =>
      response.decode(await rpc.request(service, method, request.encode(request.create(partial))), { unknown: "ignore" });
  return {
    openledger: {
      attest: attestQueries(callsOf(attest.QueryService.typeName)),
      datanet: datanetQueries(callsOf(datanet.QueryService.typeName)),
      modelfactory: modelFactoryQueries(callsOf(modelfactory.QueryService.typeName)),
      openlora: openLoraQueries(callsOf(openlora.QueryService.typeName)),
      attribution: attributionQueries(callsOf(attribution.QueryService.typeName)),
      emission: emissionQueries(callsOf(emission.QueryService.typeName)),
    },
  };
}
