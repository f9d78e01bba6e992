import type { Event, EventAttribute } from "../abci/index.js";

/** An event whose attributes are all indexed, in the order given. */
export function event(type: string, attributes: Readonly<Record<string, string>>): Event {
  const list: EventAttribute[] = [];
  // eslint-disable-next-line determinism/core -- a literal of names; events are not hashed
  for (const key in attributes) list.push({ key, value: attributes[key] as string, index: true });
  return { type, attributes: list };
}

/** The event with one more attribute at its end. */
export function withAttribute(given: Event, key: string, value: string): Event {
  const attributes = given.attributes.slice();
  attributes.push({ key, value, index: true });
  return { type: given.type, attributes };
}

function names(events: readonly Event[], key: string): boolean {
  return events.some((e) => e.type === "message" && e.attributes.some((a) => a.key === key));
}

/**
 * Events of message `index` (cosmos-formats.md §7.5): first `message` with action, sender and, unless the module named
 * itself, module; then the module's own; all with msg_index.
 */
export function messageEvents(
  message: { readonly typeUrl: string; readonly sender: string; readonly index: number },
  own: readonly Event[],
): Event[] {
  const attributes: Record<string, string> = { action: message.typeUrl };
  if (message.sender !== "") attributes["sender"] = message.sender;
  const module = message.typeUrl.split(".")[1];
  if (module !== undefined && !names(own, "module")) attributes["module"] = module;
  const index = message.index.toString();
  const first = withAttribute(event("message", attributes), "msg_index", index);
  return [first, ...own.map((e) => withAttribute(e, "msg_index", index))];
}
