import type { Event } from "../abci/index.js";

/** An event whose attributes are all indexed, in the order given. */
export function event(type: string, attributes: Readonly<Record<string, string>>): Event {
  return {
    type,
    // eslint-disable-next-line determinism/core -- a literal of names; events are not hashed
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value, index: true })),
  };
}

/** The event with one more attribute at its end. */
export function withAttribute(given: Event, key: string, value: string): Event {
  return { type: given.type, attributes: [...given.attributes, { key, value, index: true }] };
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
  const first = event("message", attributes);
  return [first, ...own].map((e) => withAttribute(e, "msg_index", message.index.toString()));
}
