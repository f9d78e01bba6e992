import { sha256 } from "../../chain/crypto/index.js";
import { compareAscii, utf8 } from "../../chain/primitives/index.js";
import { SidecarError } from "../errors.js";
import { zeroMoments } from "./adam.js";
import type { Moments } from "./adam.js";

/**
 * Who shares a tangent with whom (docs/adr/0071). With at most `maxTangents` contributors everyone has a tangent of one's
 * own. Beyond that, one entry of the state is set aside for the partition itself, the largest contributors keep a tangent of
 * their own, and the rest fall into buckets by the SHA-256 of their names. A version that goes on from another may join
 * groups of its parent, whose tangents add up, but never divides one.
 */
export interface Partition {
  /** In ASCII order. */
  readonly contributors: readonly string[];
  /** Group of each contributor. Groups are numbered by their first contributor. */
  readonly groupOf: readonly number[];
  readonly groups: number;
}

/** A share of the groups is buckets: one in four, at least one. */
const BUCKET_SHARE = 4;
/** One entry for the partition, one for a group. */
const LEAST_TANGENTS = 2;

export interface Heads {
  /** In ASCII order. */
  readonly contributors: readonly string[];
  /** Sequences of each contributor in the data of this job. */
  readonly sizes: readonly number[];
}

/** The union of two lists in ASCII order. */
export function unionOf(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])].sort(compareAscii);
}

export function isShared({ contributors, groups }: Partition): boolean {
  return groups < contributors.length;
}

/** Entries of a state that carries the partition's tangents. */
export function entriesOf(partition: Partition): number {
  return isShared(partition) ? partition.groups + 1 : partition.groups;
}

/** The partition of `heads`, starting from the groups of `parent`, all of whose contributors `heads` must name. */
export function partitionOf(heads: Heads, maxTangents: number, parent?: Partition): Partition {
  const groups = startingGroups(heads, parent);
  const limit = Math.max(maxTangents, LEAST_TANGENTS);
  const shared = groups.length < heads.contributors.length;
  if (maxTangents === 0 || groups.length + (shared ? 1 : 0) <= limit) return numbered(heads.contributors, groups);
  const buckets = Math.max(1, Math.floor((limit - 1) / BUCKET_SHARE));
  const size = (members: readonly number[]): number => members.reduce((sum, c) => sum + (heads.sizes[c] ?? 0), 0);
  const ranked = groups.map((members) => ({ members, size: size(members) }));
  ranked.sort((a, b) => b.size - a.size || (a.members[0] ?? 0) - (b.members[0] ?? 0));
  const own = ranked.slice(0, limit - 1 - buckets).map((g) => g.members);
  const rest = new Map<number, number[]>();
  for (const { members } of ranked.slice(own.length)) {
    const bucket = bucketOf(heads.contributors[members[0] ?? 0] ?? "", buckets);
    rest.set(bucket, [...(rest.get(bucket) ?? []), ...members]);
  }
  return numbered(heads.contributors, [...own, ...rest.values()]);
}

/** The first four bytes of the digest, big-endian, modulo the buckets. */
function bucketOf(name: string, buckets: number): number {
  const digest = sha256(utf8(name));
  return new DataView(digest.buffer, digest.byteOffset, digest.length).getUint32(0) % buckets;
}

/** Lists of positions in `contributors`, each ascending. */
function startingGroups({ contributors }: Heads, parent: Partition | undefined): number[][] {
  const at = new Map(contributors.map((name, i) => [name, i]));
  const groups: number[][] = Array.from({ length: parent?.groups ?? 0 }, () => []);
  const seen = new Set<number>();
  parent?.contributors.forEach((name, i) => {
    const position = at.get(name) ?? -1;
    groups[parent.groupOf[i] ?? 0]?.push(position);
    seen.add(position);
  });
  return [...groups, ...contributors.flatMap((_, i) => (seen.has(i) ? [] : [[i]]))];
}

function numbered(contributors: readonly string[], groups: readonly (readonly number[])[]): Partition {
  const ordered = groups.map((g) => [...g].sort((a, b) => a - b)).sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
  const groupOf = contributors.map(() => 0);
  ordered.forEach((members, group) => {
    for (const c of members) groupOf[c] = group;
  });
  return { contributors, groupOf, groups: ordered.length };
}

/**
 * The partition as the last entry of a state: group numbers as float32, which hold them exactly, weights first, then the
 * moments. Thus it is hashed, stored and disputed with the tangents it explains.
 * @throws Reject sidecar/2 when the adapter is too small to hold it.
 */
export function encodePartition({ groupOf }: Partition, size: number): Moments {
  if (groupOf.length > 3 * size) throw SidecarError.InvalidRequest("more contributors than the adapter's state can name");
  const out = zeroMoments(size);
  groupOf.forEach((group, i) => {
    const part = i < size ? out.theta : i < 2 * size ? out.first : out.second;
    part[i % size] = group;
  });
  return out;
}

/**
 * Reads the partition of a state with these tangents back.
 * @throws Reject sidecar/6 when they cannot be those of these contributors.
 */
export function readPartition(contributors: readonly string[], tangents: readonly Moments[]): Partition {
  if (tangents.length === contributors.length) {
    return { contributors, groupOf: contributors.map((_, i) => i), groups: contributors.length };
  }
  const last = tangents.at(-1);
  const groups = tangents.length - 1;
  if (last === undefined || groups < 1 || groups >= contributors.length || contributors.length > 3 * last.theta.length) throw misfit();
  const size = last.theta.length;
  const groupOf = contributors.map((_, i) => {
    const part = i < size ? last.theta : i < 2 * size ? last.first : last.second;
    return part[i % size] as number;
  });
  const { groupOf: expected, groups: found } = renumbered(contributors, groupOf);
  if (found !== groups || !groupOf.every((g, i) => g === expected[i])) throw misfit();
  return { contributors, groupOf, groups };
}

function renumbered(contributors: readonly string[], groupOf: readonly number[]): Partition {
  const groups = new Map<number, number[]>();
  groupOf.forEach((group, i) => groups.set(group, [...(groups.get(group) ?? []), i]));
  return numbered(contributors, [...groups.values()]);
}

function misfit(): Error {
  return SidecarError.BadCheckpoint("its tangents are not those of the contributors named");
}
