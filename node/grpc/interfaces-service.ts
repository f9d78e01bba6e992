/** cosmos.base.reflection.v1beta1.ReflectionService: which messages may stand for which interface in an Any. */
import * as pb from "../../proto/gen/cosmos/base/reflection/v1beta1.js";
import { INTERFACES } from "../type-registry.js";
import { StatusError, route } from "./service.js";
import type { Route } from "./service.js";

const PATH = "/cosmos.base.reflection.v1beta1.ReflectionService";

function implementations({ interfaceName }: pb.ListImplementationsRequest): pb.ListImplementationsResponse {
  if (interfaceName === "") throw new StatusError("InvalidArgument", "invalid interface name");
  return { implementationMessageNames: INTERFACES.get(interfaceName) ?? [] };
}

export function interfacesRoutes(): readonly Route[] {
  return [
    route(
      `${PATH}/ListAllInterfaces`,
      { request: pb.ListAllInterfacesRequest, response: pb.ListAllInterfacesResponse },
      () => ({ interfaceNames: [...INTERFACES.keys()] }),
    ),
    route(
      `${PATH}/ListImplementations`,
      { request: pb.ListImplementationsRequest, response: pb.ListImplementationsResponse },
      implementations,
    ),
  ];
}
