import type { BodyMeter } from "../../http/incoming-request.js";

/** The bytes of webhooks whose signature is not checked yet: bounded in all, and for each client. */
export interface BodiesInFlight {
  /** Takes a place for one body, or returns null: it is so large that its client has no room for it now. */
  open(body: ExpectedBody): PlaceInFlight | null;
}

/** A body that a client is about to send. */
export interface ExpectedBody {
  /** The client, as limits count it. */
  readonly client: string;
  /** Its declared length, in bytes; 0 without one. */
  readonly declaredBytes: number;
  /** True for a client over its limit of failed verifications, which has little room. */
  readonly isLimited: boolean;
}

/** The place of one body. */
export interface PlaceInFlight extends BodyMeter {
  /** Gives the room back. Idempotent. */
  close(): void;
}

/** A body of up to this size is always begun, in bytes: no event of a usual size is refused for what others declare. */
const smallBytes = 256 * 1024;

interface Body {
  readonly declaredBytes: number;
  bytes: number;
  isOpen: boolean;
  stop: () => void;
}

interface Client {
  /** In the order they began. */
  readonly bodies: Set<Body>;
  bytes: number;
}

/**
 * One client gets a quarter of `maxBytes`, one over its limit of failed verifications a 128th; a single body may be larger
 * than that. Beyond its room, a client's oldest body is given up: a genuine webhook arrives at once, one that holds room is
 * slow. Beyond `maxBytes` it is the oldest body of the client that holds most, so that a flood from one place never takes
 * the room of another.
 */
export function createBodiesInFlight(maxBytes: number): BodiesInFlight {
  const clients = new Map<string, Client>();
  let total = 0;

  const remove = (name: string, client: Client, body: Body): void => {
    if (!body.isOpen) return;
    body.isOpen = false;
    client.bodies.delete(body);
    client.bytes -= body.bytes;
    total -= body.bytes;
    if (client.bodies.size === 0) clients.delete(name);
  };
  const giveUpOldest = (name: string, client: Client): void => {
    for (const body of client.bodies) {
      remove(name, client, body);
      body.stop();
      return;
    }
  };
  const giveUpForAll = (): void => {
    let largest: [string, Client] | null = null;
    for (const entry of clients) if (largest === null || entry[1].bytes > largest[1].bytes) largest = entry;
    if (largest !== null) giveUpOldest(...largest);
  };

  return {
    open({ client: name, declaredBytes, isLimited }) {
      const room = maxBytes / (isLimited ? 128 : 4);
      const client = clients.get(name) ?? { bodies: new Set(), bytes: 0 };
      if (declaredBytes > smallBytes && client.bodies.size > 0) {
        let promised = declaredBytes;
        for (const { bytes, declaredBytes: declared } of client.bodies) promised += Math.max(bytes, declared);
        if (promised > room) return null;
      }
      const body: Body = { declaredBytes, bytes: 0, isOpen: true, stop: () => {} };
      client.bodies.add(body);
      clients.set(name, client);
      return {
        add(bytes) {
          if (!body.isOpen) return false;
          body.bytes += bytes;
          client.bytes += bytes;
          total += bytes;
          while (client.bytes > room && client.bodies.size > 1) giveUpOldest(name, client);
          while (total > maxBytes) giveUpForAll();
          return body.isOpen;
        },
        onGivenUp(stop) {
          body.stop = stop;
        },
        close: () => remove(name, client, body),
      };
    },
  };
}
