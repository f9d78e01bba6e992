import { execFileSync } from "node:child_process";

/** Where `go install github.com/fullstorydev/grpcurl/cmd/grpcurl@latest` puts it, or wherever the path leads. Tests only. */
export function findGrpcurl(): string | undefined {
  const places = ["grpcurl", `${process.env["GOBIN"] ?? ""}/grpcurl`, `${process.env["HOME"] ?? ""}/go/bin/grpcurl`, "/tmp/gobin/grpcurl"];
  return places.find((place) => {
    try {
      execFileSync(place, ["-version"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
}
